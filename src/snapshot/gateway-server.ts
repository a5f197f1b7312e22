import type { VirtualHost } from './route.ts';

/**
 * What a gateway that opens its own ports does on one of them (Gateway servers[]). All plaintext HTTP servers of a
 * port are one; each server with TLS stands alone, because its certificate and its hosts belong together.
 */
export type GatewayServer = HttpServer | HttpsServer | TlsServer | TcpServer;

/** Plaintext HTTP. */
export interface HttpServer {
  readonly protocol: 'HTTP';
  readonly port: number;
  readonly virtualHosts: readonly VirtualHost[];
}

/** Ends TLS and reads HTTP. */
export interface HttpsServer {
  readonly protocol: 'HTTPS';
  readonly port: number;
  /** Source key, e.g. `Gateway/default/edge/servers/1`. */
  readonly source: string;
  /** Server names (SNI) it is for: lower-case exact names, `*.suffix`, or `*`, which also takes clients without one. */
  readonly hosts: readonly string[];
  readonly tls: TerminatedTls;
  readonly virtualHosts: readonly VirtualHost[];
}

/** TLS that carries something else than HTTP, or that is not ended here. */
export interface TlsServer {
  readonly protocol: 'TLS';
  readonly port: number;
  readonly source: string;
  readonly hosts: readonly string[];
  /** PASSTHROUGH: the bytes go on as they came, by server name. */
  readonly tls: TerminatedTls | { readonly mode: 'PASSTHROUGH' };
  /** First match wins. */
  readonly tcpRoutes: readonly TcpRoute[];
}

/** Bytes that nobody reads. */
export interface TcpServer {
  readonly protocol: 'TCP';
  readonly port: number;
  readonly source: string;
  readonly tcpRoutes: readonly TcpRoute[];
}

/** ServerTLSSettings of a server that ends TLS; certificates are files of the gateway's machine, or of a Secret. */
export interface TerminatedTls {
  readonly mode: 'SIMPLE' | 'MUTUAL' | 'OPTIONAL_MUTUAL';
  /** PEM, leaf first; all file names are empty where there is a credential. */
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  /** What clients must chain to; empty in SIMPLE. */
  readonly caFile: string;
  readonly credential?: CredentialReference;
  /** Exact names (DNS, URI, email, IP), one of which a client's certificate must have; empty = any. */
  readonly subjectAltNames: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
}

/** What a snapshot says of Secrets: their names. Control hands what they hold to the gateways that need it. */
export interface CredentialReference {
  /** Credential with certificate and key, e.g. `Secret/istio-system/shop`. */
  readonly certificate: string;
  /** Credential with what clients must chain to; empty in SIMPLE. */
  readonly authority: string;
  /** Changes with the certificate, and is empty without one; nothing of the key goes into it. */
  readonly version: string;
  /** Changes with what clients must chain to. */
  readonly authorityVersion: string;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Where connections go that are not read as HTTP (VirtualService tls[] and tcp[]). */
export interface TcpRoute {
  readonly source: string;
  /** Any of these; empty = every connection. */
  readonly matches: readonly TcpMatch[];
  /** At least one; weights are shares of their sum. */
  readonly destinations: readonly TcpDestination[];
}

/** All conditions hold; an empty list is no condition. Gateways, ports and labels are resolved by the compiler. */
export interface TcpMatch {
  /** Server names, as in `hosts`. */
  readonly sniHosts: readonly string[];
  /** CIDR blocks of the address that the client connected to. */
  readonly destinationSubnets: readonly string[];
  /** CIDR blocks of the client's own address. */
  readonly sourceSubnets: readonly string[];
}

export interface TcpDestination {
  /** Cluster name. */
  readonly cluster: string;
  readonly weight: number;
}
