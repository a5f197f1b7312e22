/** A named upstream: the endpoints of a service port, or of a subset of them. */
export interface Cluster {
  /** Envoy's form: `outbound|9080|v1|reviews.default.svc.cluster.local` or `inbound|9080||`. */
  readonly name: string;
  /** FQDN of the service; empty for inbound clusters. */
  readonly service: string;
  /** Service port; for inbound clusters the workload port. */
  readonly port: number;
  readonly subset: string;
  /** Endpoints must carry all of these (DestinationRule subsets[].labels). */
  readonly labels: readonly (readonly [string, string])[];
  readonly balancer: 'LEAST_REQUEST' | 'ROUND_ROBIN' | 'RANDOM';
  readonly tls: ClusterTls;
  /** What the application behind it speaks; between sidecars HTTP/2 also carries what came in over it. */
  readonly protocol: 'http1' | 'http2';
  readonly connectTimeoutMs: number;
  readonly discovery: Discovery;
  /** Absent = nothing is limited. */
  readonly circuit?: CircuitLimits;
  /** Absent = no endpoint is ejected. */
  readonly outlier?: OutlierDetection;
}

/** DestinationRule connectionPool: what one proxy may have under way to a cluster. Absent = unlimited. */
export interface CircuitLimits {
  /** tcp.maxConnections: HTTP/1.1 requests at a time, or connections of a TCP port. */
  readonly maxConnections?: number;
  /** http.http1MaxPendingRequests: requests that wait for one of those connections. */
  readonly maxPendingRequests?: number;
  /** http.http2MaxRequests: requests at a time, whatever the protocol. */
  readonly maxRequests?: number;
  /** http.maxRetries: retries at a time. */
  readonly maxRetries?: number;
}

/** DestinationRule outlierDetection with Istio's defaults filled in. Times in ms; a threshold of 0 is off. */
export interface OutlierDetection {
  readonly consecutive5xx: number;
  readonly consecutiveGatewayErrors: number;
  /** Connect failures, resets and timeouts in a row; only where `splitLocalErrors`. */
  readonly consecutiveLocalErrors: number;
  /** Whether local failures are counted apart; otherwise they count as 503, timeouts as 504. */
  readonly splitLocalErrors: boolean;
  /** Statuses that count as errors; empty = 500 to 599. */
  readonly errorStatuses: readonly number[];
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  /** 0–100: no further endpoint is ejected from this share on; one always may be. */
  readonly maxEjectionPercent: number;
  /** 0–100: with a smaller share of endpoints left, ejections are ignored; 0 = never. */
  readonly minHealthPercent: number;
}

/** Where a cluster's endpoints come from. */
export type Discovery =
  /** Signed endpoint records of the service. */
  | { readonly kind: 'registry' }
  /** ServiceEntry STATIC or DNS: addresses or names, fixed in the snapshot. */
  | { readonly kind: 'static'; readonly endpoints: readonly StaticEndpoint[] }
  /** The request's own authority (ServiceEntry NONE, hosts outside the mesh). */
  | { readonly kind: 'original' }
  /** The application behind this sidecar. */
  | { readonly kind: 'application' };

export interface StaticEndpoint {
  readonly address: string;
  readonly port: number;
  readonly labels: readonly (readonly [string, string])[];
  readonly weight: number;
}

/**
 * How the hop is secured. `mesh` = mutual TLS with SVIDs to endpoints that have a sidecar; `server` = TLS to every
 * endpoint, whose certificate must be for one of the names.
 */
export type ClusterTls =
  | { readonly mode: 'none' }
  | {
      readonly mode: 'mesh';
      readonly sni: string;
      /** The SPIFFE IDs one of which the server must prove; from the snapshot, never from the registry. */
      readonly sans: readonly string[];
      /** ISTIO_MUTUAL in so many words: an endpoint without a sidecar is refused, never sent plaintext. */
      readonly required: boolean;
    }
  | {
      readonly mode: 'server';
      /** SNI. */
      readonly serverName: string;
      /** DNS names; the server's certificate must have one of them. At least one. */
      readonly names: readonly string[];
      /** PEM of what it must chain to; empty = the authorities that the platform trusts. */
      readonly roots: string;
    };
