import type { VirtualHost } from './route.ts';
import type { ShardHost } from './shard.ts';
import type { Snapshot } from './snapshot.ts';

/** A gateway's snapshot from its parts, virtual hosts and clusters sorted by name: decides as the one that was divided. */
export function wholeSnapshot(root: Snapshot, hosts: readonly ShardHost[]): Snapshot {
  const { gateway } = root;
  if (gateway === undefined) return root;
  const listeners: VirtualHost[][] = [gateway.virtualHosts, ...gateway.servers].map(() => []);
  const clusters = new Map(root.clusters.map((cluster) => [cluster.name, cluster]));
  for (const { listeners: own, host, clusters: named } of hosts) {
    for (const listener of own) listeners[listener]?.push(host);
    for (const cluster of named) clusters.set(cluster.name, cluster);
  }
  for (const own of listeners) own.sort(byName);
  const servers = gateway.servers.map((server, i) =>
    'virtualHosts' in server ? { ...server, virtualHosts: listeners[i + 1] ?? [] } : server,
  );
  return {
    ...root,
    gateway: { ...gateway, virtualHosts: listeners[0] ?? [], servers },
    clusters: [...clusters.values()].sort(byName),
  };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1;
