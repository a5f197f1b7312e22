import type { Snapshot } from '../../snapshot/snapshot.ts';
import { targetName } from '../../snapshot/target.ts';

/** A setting of a cluster that is not the same: whatever is sent there is sent otherwise. */
export interface ClusterChange {
  readonly cluster: string;
  /** `balancer`, `circuit`, `outlier`, `tls`, … */
  readonly field: string;
  readonly before: string;
  readonly after: string;
  /** Target names. */
  readonly proxies: readonly string[];
}

/** Every setting of a cluster that both configurations have and that is not the same. */
export function clusterChanges(
  before: ReadonlyMap<string, Snapshot>,
  after: ReadonlyMap<string, Snapshot>,
): ClusterChange[] {
  const found = new Map<string, ClusterChange & { proxies: string[] }>();
  for (const [name, old] of before) {
    const others = new Map(after.get(name)?.clusters.map((cluster) => [cluster.name, cluster]));
    for (const cluster of old.clusters) {
      const other = others.get(cluster.name);
      if (other === undefined) continue;
      for (const change of fieldChanges(cluster, other)) {
        const key = JSON.stringify(change);
        const known = found.get(key);
        if (known) known.proxies.push(targetName(old.target));
        else found.set(key, { ...change, proxies: [targetName(old.target)] });
      }
    }
  }
  return [...found.values()];
}

type Settings = Snapshot['clusters'][number];

function fieldChanges(before: Settings, after: Settings): Omit<ClusterChange, 'proxies'>[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Settings)[];
  return fields.flatMap((field) => {
    const [was, is] = [before, after].map((one) => JSON.stringify(one[field]) ?? 'none');
    if (was === is || was === undefined || is === undefined) return [];
    return [{ cluster: before.name, field, before: was, after: is }];
  });
}
