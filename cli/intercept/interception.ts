/** What is to be intercepted in this network namespace; the names are those of istio-iptables. */
export interface Interception {
  /** Where the sidecar listens: outbound, inbound, DNS. */
  readonly proxyPort: number;
  readonly inboundPort: number;
  readonly dnsPort: number;
  /** Who the sidecar is: what it sends itself is left alone. */
  readonly proxyUid: number;
  readonly proxyGid: number;
  /** Ports of the application; undefined = all. */
  readonly inboundPorts: readonly PortRange[] | undefined;
  readonly excludedInboundPorts: readonly PortRange[];
  /** Ports that the application calls; undefined = all. */
  readonly outboundPorts: readonly PortRange[] | undefined;
  readonly excludedOutboundPorts: readonly PortRange[];
  /** CIDR ranges that the application calls; undefined = all. */
  readonly outboundRanges: readonly string[] | undefined;
  readonly excludedOutboundRanges: readonly string[];
  readonly excludedInterfaces: readonly string[];
  readonly redirectDns: boolean;
}

/** Ports from `first` to `last`, both meant. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Istio's own: metrics, health and the merged page stay reachable from outside. */
export const defaultInterception: Interception = {
  proxyPort: 15001,
  inboundPort: 15006,
  dnsPort: 15053,
  proxyUid: 1337,
  proxyGid: 1337,
  inboundPorts: undefined,
  excludedInboundPorts: [15020, 15021, 15090].map((port) => ({ first: port, last: port })),
  outboundPorts: undefined,
  excludedOutboundPorts: [],
  outboundRanges: undefined,
  excludedOutboundRanges: [],
  excludedInterfaces: [],
  redirectDns: true,
};
