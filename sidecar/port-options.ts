/** Where the ports of a sidecar are bound; 0 = any free one, undefined = not opened. */
export interface PortOptions {
  /** Of the application's peers; what it got is registered. */
  readonly inboundPort: number;
  /** Whether another process may have the inbound port too. */
  readonly reusePort: boolean;
  readonly outboundPort: number;
  /** Of gateways that sign their requests. */
  readonly edgePort: number | undefined;
  readonly adminPort: number;
  /** Istio's 15020: readiness, the application's probes, merged metrics. */
  readonly statusPort: number | undefined;
  /** Istio's 15021: readiness and nothing else. */
  readonly healthPort: number | undefined;
  /** Istio's 15090: the proxy's metrics. */
  readonly metricsPort: number | undefined;
}

/** For `parseArgs`. */
export const PORT_FLAGS = {
  'standard-ports': { type: 'boolean', default: false },
  'inbound-port': { type: 'string' },
  'reuse-port': { type: 'boolean', default: false },
  'outbound-port': { type: 'string' },
  'admin-port': { type: 'string' },
  'edge-port': { type: 'string' },
  'status-port': { type: 'string' },
  'health-port': { type: 'string' },
  'metrics-port': { type: 'string' },
} as const;

/** For the usage text. */
export const PORT_USAGE = `--inbound-port, --outbound-port and --admin-port are any free ones (of an earlier process of the same state directory, if
there was one), and --status-port (readiness, /app-health/…, merged metrics), --health-port (readiness only) and --metrics-port
are not opened, unless they are given; --standard-ports gives all of them Istio's numbers: 15006, 15001, 15000, 15020, 15021, 15090.
--reuse-port lets a successor open the inbound port before its predecessor has left it.
--edge-port opens the port on which gateway Workers send signed requests over HTTPS (0 = any free one).`;

type Flags = { readonly [name in keyof typeof PORT_FLAGS]?: string | boolean | undefined };

/** Reads the port flags. Throws on what is no port. */
export function portOptions(flags: Flags): PortOptions {
  const all = flags['standard-ports'] === true;
  const edge = flags['edge-port'];
  const optional = (name: keyof typeof PORT_FLAGS, standard: number): number | undefined => {
    const text = flags[name];
    if (typeof text === 'string') return portNumber(text, `--${name}`, 0);
    return all ? standard : undefined;
  };
  return {
    inboundPort: optional('inbound-port', 15006) ?? 0,
    reusePort: flags['reuse-port'] === true,
    outboundPort: optional('outbound-port', 15001) ?? 0,
    adminPort: optional('admin-port', 15000) ?? 0,
    edgePort: edge === undefined ? undefined : portNumber(String(edge), '--edge-port', 0),
    statusPort: optional('status-port', 15020),
    healthPort: optional('health-port', 15021),
    metricsPort: optional('metrics-port', 15090),
  };
}

/** Throws on anything but a port number of at least `from`. */
export function portNumber(text: string, name: string, from: number): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= from && value <= 65535) return value;
  throw new Error(`${name} must be a port from ${from} to 65535, not "${text}"`);
}
