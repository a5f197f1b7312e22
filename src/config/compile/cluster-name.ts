/** Envoy's cluster name of a service port, e.g. `outbound|9080|v1|reviews.default.svc.cluster.local`. */
export function outboundClusterName(port: number, subset: string, host: string): string {
  return `outbound|${port}|${subset}|${host}`;
}

/** Name of the cluster of the application behind a workload port. */
export function inboundClusterName(port: number): string {
  return `inbound|${port}||`;
}

/** The parts of an outbound cluster name; undefined for other names. */
export function parseClusterName(name: string): { port: number; subset: string; host: string } | undefined {
  const [direction, port, subset, host] = name.split('|');
  if (direction !== 'outbound' || subset === undefined || host === undefined) return undefined;
  return { port: Number(port), subset, host };
}
