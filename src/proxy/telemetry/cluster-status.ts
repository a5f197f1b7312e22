import type { CircuitLimits } from '../../snapshot/cluster.ts';
import type { ActiveSnapshot } from '../activate.ts';
import type { EndpointTable } from '../forward/endpoint-table.ts';

/** A cluster as the admin page `/clusters` tells of it. */
export interface ClusterStatus {
  /** Envoy's form, e.g. `outbound|9080|v1|reviews.default.svc.cluster.local`. */
  readonly name: string;
  readonly limits: CircuitLimits;
  readonly hosts: readonly HostStatus[];
}

export interface HostStatus {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** Requests in flight, of every cluster that has this endpoint. */
  readonly active: number;
  /** By outlier detection. */
  readonly ejected: boolean;
  /** Of the registry; empty for others. */
  readonly workload: string;
}

/** Every cluster of the snapshot in force with the endpoints of this moment; those that dial what is asked have none. */
export function clusterStatuses(
  active: Pick<ActiveSnapshot, 'clusters'> | undefined,
  endpoints: EndpointTable,
): ClusterStatus[] {
  return [...(active?.clusters.values() ?? [])].map((cluster) => {
    const { name, circuit = {}, discovery } = cluster;
    if (discovery.kind === 'original') return { name, limits: circuit, hosts: [] };
    const { candidates, outlier } = endpoints.resolve(cluster, '');
    const hosts = candidates.map(({ address, port, weight, workload, load }) => {
      const ejected = outlier?.isEjected(load) ?? false;
      return { address, port, weight, workload, active: load.active, ejected };
    });
    return { name, limits: circuit, hosts };
  });
}
