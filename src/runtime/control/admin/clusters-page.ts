import type { ClusterStatus, HostStatus } from '../../../proxy/telemetry/cluster-status.ts';
import { type AdminAnswer, json, text } from './admin-page.ts';

/** Envoy's `/clusters`, in its text form or with `?format=json`. */
export function clusters(all: readonly ClusterStatus[], query: URLSearchParams): AdminAnswer {
  if (query.get('format') === 'json') return json({ cluster_statuses: all.map(clusterJson) });
  return text(all.flatMap(clusterLines).join(''));
}

function clusterLines({ name, limits, hosts }: ClusterStatus): string[] {
  const of = (key: string, value: number | undefined) =>
    value === undefined ? [] : [`${name}::default_priority::${key}::${value}\n`];
  return [
    `${name}::observability_name::${name}\n`,
    ...of('max_connections', limits.maxConnections),
    ...of('max_pending_requests', limits.maxPendingRequests),
    ...of('max_requests', limits.maxRequests),
    ...of('max_retries', limits.maxRetries),
    ...hosts.flatMap((host) => hostLines(name, host)),
  ];
}

function hostLines(cluster: string, host: HostStatus): string[] {
  const address = host.address.includes(':') ? `[${host.address}]` : host.address;
  const facts: readonly (readonly [string, string | number])[] = [
    ['rq_active', host.active],
    ['hostname', host.workload],
    ['health_flags', host.ejected ? '/failed_outlier_check' : 'healthy'],
    ['weight', host.weight],
  ];
  return facts.map(([key, value]) => `${cluster}::${address}:${host.port}::${key}::${value}\n`);
}

function clusterJson({ name, limits, hosts }: ClusterStatus): object {
  return {
    name,
    observability_name: name,
    ...thresholds(limits),
    host_statuses: hosts.map((host) => ({
      address: { socket_address: { address: host.address, port_value: host.port } },
      stats: [{ type: 'GAUGE', name: 'rq_active', value: String(host.active) }],
      health_status: host.ejected
        ? { failed_outlier_check: true, eds_health_status: 'HEALTHY' }
        : { eds_health_status: 'HEALTHY' },
      weight: host.weight,
      ...(host.workload !== '' && { hostname: host.workload }),
    })),
  };
}

function thresholds(limits: ClusterStatus['limits']): object {
  const named = {
    max_connections: limits.maxConnections,
    max_pending_requests: limits.maxPendingRequests,
    max_requests: limits.maxRequests,
    max_retries: limits.maxRetries,
  };
  const set = Object.entries(named).filter(([, value]) => value !== undefined);
  return set.length === 0 ? {} : { circuit_breakers: { thresholds: [Object.fromEntries(set)] } };
}
