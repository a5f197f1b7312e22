import type { Cluster } from './cluster.ts';
import type { GatewayServer } from './gateway-server.ts';
import type { JwtRule } from './jwt-rule.ts';
import type { MtlsMode, Policy } from './policy.ts';
import type { RateLimit } from './rate-limit.ts';
import type { VirtualHost } from './route.ts';
import type { Target } from './target.ts';

/** The compiled configuration of one target: plain data, the same bytes for the same resources. */
export interface Snapshot {
  readonly format: 1;
  readonly target: Target;
  readonly trustDomain: string;
  /** Other names of it, whose workloads have the same roots (MeshConfig trustDomainAliases); absent = none. */
  readonly trustDomainAliases?: readonly string[];
  /** Other trust domains whose workloads are believed by roots of their own (MeshConfig caCertificates). */
  readonly federated?: readonly FederatedDomain[];
  readonly pathNormalization: 'NONE' | 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES';
  /** Sidecars: one per workload port. Gateways: none. */
  readonly inbound: readonly InboundListener[];
  /** Sidecars: workload ports without a listener. */
  readonly inboundPassthrough?: InboundPassthrough;
  /** Sidecars: one per service port in reach. Gateways: none. */
  readonly outbound: readonly OutboundListener[];
  /** What a sidecar does with hosts nobody declared (outboundTrafficPolicy.mode). */
  readonly outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY';
  /** Sidecars: where DNS and interception find the services in reach; absent = nowhere. */
  readonly virtualAddresses?: readonly VirtualAddresses[];
  readonly gateway?: GatewayListener;
  readonly clusters: readonly Cluster[];
}

/** The roots of another trust domain. */
export interface FederatedDomain {
  readonly trustDomain: string;
  /** PEM, concatenated. */
  readonly rootsPem: string;
}

/** A workload port. Mesh TLS names a service port in its SNI; `servicePorts` maps it to this listener. */
export interface InboundListener {
  /** The workload port (Service targetPort). */
  readonly port: number;
  readonly servicePorts: readonly ServicePort[];
  readonly protocol: 'http' | 'tcp';
  readonly mtls: MtlsMode;
  /** Key of the PeerAuthentication in force, or empty for the mesh default. */
  readonly mtlsSource: string;
  /** RequestAuthentication; absent = tokens are not looked at. */
  readonly jwtRules?: readonly JwtRule[];
  readonly policies: readonly Policy[];
  /** RateLimit; absent = nothing is counted. */
  readonly limits?: readonly RateLimit[];
  /** Cluster name of the application. */
  readonly cluster: string;
}

/**
 * What holds for a workload port that nobody declared: the modes of PeerAuthentication and the policies of the workload,
 * and the application on that port behind them.
 */
export interface InboundPassthrough
  extends Pick<InboundListener, 'mtls' | 'mtlsSource' | 'jwtRules' | 'policies' | 'limits'> {
  /** Ports with a mode of their own (portLevelMtls), sorted. */
  readonly ports: readonly Pick<InboundListener, 'port' | 'mtls' | 'mtlsSource'>[];
}

/** Hosts of one Gateway: exact names, `*.suffix`, `*`; the best one counts. */
export interface HostOwner {
  readonly gateway: string;
  readonly hosts: readonly string[];
}

export interface ServicePort {
  readonly service: string;
  readonly port: number;
}

/** The addresses that stand for a service, and nothing else: its proxies alone know what is behind them. */
export interface VirtualAddresses {
  /** FQDN of a Service, or a ServiceEntry host (which may be `*.x`); lower-case. */
  readonly host: string;
  /** IPv4 and IPv6, and CIDR blocks where a ServiceEntry says so; not empty. */
  readonly addresses: readonly string[];
}

/** The routes of one service port, as in Istio's route configuration of that number. */
export interface OutboundListener {
  readonly port: number;
  readonly virtualHosts: readonly VirtualHost[];
}

/** What a gateway serves. */
export interface GatewayListener {
  /** Its plaintext HTTP servers, whatever their port: for a platform that has no ports of its own and ends TLS itself. */
  readonly virtualHosts: readonly VirtualHost[];
  /** RequestAuthentication; absent = tokens are not looked at. */
  readonly jwtRules?: readonly JwtRule[];
  readonly policies: readonly Policy[];
  /** RateLimit; absent = nothing is counted. */
  readonly limits?: readonly RateLimit[];
  /** Whose hosts are whose, where policies are attached to single Gateways. */
  readonly owners?: readonly HostOwner[];
  /** Proxies before it that say who a client is (gatewayTopology.numTrustedProxies); absent = none. */
  readonly trustedProxies?: number;
  /** Every server, for a gateway that opens the ports; by port. Of several for one server name the first counts. */
  readonly servers: readonly GatewayServer[];
}
