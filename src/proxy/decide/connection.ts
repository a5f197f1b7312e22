import type { SpiffeId } from '../../identity/spiffe.ts';

export type Direction = 'inbound' | 'outbound' | 'gateway';

/** Who is connected, and how; made by a listener once per connection. */
export interface Connection {
  readonly direction: Direction;
  /** Inbound: the workload port. Outbound and gateway: the listener's own port. */
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** IP addresses without port; empty where the platform does not tell. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** `connection_security_policy` of the hop. */
  readonly security: 'mutual_tls' | 'signed_request' | 'none';
  /** Only a peer whose certificate was verified. */
  readonly peer: Peer | undefined;
  /** A client's verified certificate at an edge that asks for one (Gateway tls.mode MUTUAL), SPIFFE ID or not. */
  readonly certificate?: ClientCertificate;
  readonly serverName: string | undefined;
  /** Where it was going before it was redirected to this proxy; absent = here. */
  readonly original?: OriginalDestination;
  /** Whether the platform gives the lines of a header as one, with `, ` between them (Fetch); absent = it does not. */
  readonly joinsLines?: boolean;
  /** Whether it speaks HTTP/2; absent = HTTP/1. */
  readonly http2?: boolean;
}

/** What an intercepted connection was opened to. */
export interface OriginalDestination {
  /** IPv4 in dotted form, or IPv6 as RFC 5952 writes it. */
  readonly address: string;
  readonly port: number;
}

/** The workload on the other side of a verified connection. */
export interface Peer {
  readonly id: SpiffeId;
  /** SHA-256 of the leaf's DER, lower-case hex. Absent where the platform does not show it. */
  readonly certificateHash?: string;
  /** The leaf's subject as RFC 4514 writes it, printable ASCII; an SVID's is mostly empty. */
  readonly subject?: string;
  /** When the certificate ends, ms since the epoch. */
  readonly notAfter?: number;
}

/** What a verified certificate says of a client. */
export interface ClientCertificate {
  /** SHA-256 of the DER, lower-case hex. */
  readonly hash: string;
  readonly pem: string;
  /** RFC 4514, printable ASCII. */
  readonly subject: string;
  /** URI and DNS names, visible ASCII, in order. */
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  /** ms since the epoch. */
  readonly notAfter: number;
}
