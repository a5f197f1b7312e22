import type { Snapshot } from '../../snapshot/snapshot.ts';
import { type AtProxies, changesAtProxies, fieldChanges, type SettingChange } from './setting-changes.ts';

/** A setting of a cluster (`balancer`, `circuit`, `tls`, …) that is not the same: what is sent there is sent otherwise. */
export interface ClusterChange extends SettingChange, AtProxies {
  readonly cluster: string;
}

/** Every setting of a cluster that both configurations have and that is not the same. */
export function clusterChanges(
  before: ReadonlyMap<string, Snapshot>,
  after: ReadonlyMap<string, Snapshot>,
): ClusterChange[] {
  return changesAtProxies(before, after, (old, own) => {
    const others = new Map(own.clusters.map((cluster) => [cluster.name, cluster]));
    return old.clusters.flatMap((cluster) => {
      const other = others.get(cluster.name);
      const changes = other === undefined ? [] : fieldChanges(cluster, other);
      return changes.map((change) => ({ cluster: cluster.name, ...change }));
    });
  });
}
