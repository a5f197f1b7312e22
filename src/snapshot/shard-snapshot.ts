import { limit } from './limit.ts';
import type { VirtualHost } from './route.ts';
import type { ShardHost } from './shard.ts';
import { shardOf } from './shard-index.ts';
import type { GatewayListener, Snapshot } from './snapshot.ts';

/** A gateway's snapshot in parts. */
export interface ShardedSnapshot {
  /** Without its virtual hosts, and with the clusters that are named elsewhere. */
  readonly root: Snapshot;
  /** A power of two of them. */
  readonly shards: readonly (readonly ShardHost[])[];
  /** Of all virtual hosts, each once, lower-case. */
  readonly domains: ReadonlySet<string>;
}

/** From so many domains on a gateway's virtual hosts are sharded. */
export const shardedFrom = 1000;

/** Domains of a shard, when they are even: what a cold gateway reads for one host. */
const DOMAINS_PER_SHARD = 64;

/** How many domains a snapshot's gateway has; 0 for sidecars. */
export function domainCount({ gateway }: Snapshot): number {
  const names = gateway === undefined ? [] : listenersOf(gateway).flat();
  return new Set(names.flatMap(({ domains }) => domains)).size;
}

/** So many shards that each is small. */
export function shardCount(domains: number): number {
  return Math.min(limit.shards, 2 ** Math.max(1, Math.ceil(Math.log2(domains / DOMAINS_PER_SHARD))));
}

/** Divides a gateway's snapshot into `count` shards, a power of two; undefined for a sidecar's. */
export function shardSnapshot(snapshot: Snapshot, count: number): ShardedSnapshot | undefined {
  const { gateway } = snapshot;
  if (gateway === undefined) return undefined;
  const parts = Array.from({ length: count }, () => new Part());
  const domains = new Set<string>();
  for (const [listener, hosts] of listenersOf(gateway).entries()) {
    const taken = new Set<string>();
    for (const host of hosts) {
      for (const [shard, own] of ownDomains(host, taken, count))
        parts[shard]?.add(listener, { ...host, domains: own });
    }
    for (const domain of taken) domains.add(domain);
  }
  const byName = new Map(snapshot.clusters.map((cluster) => [cluster.name, cluster]));
  const inHosts = new Set<string>();
  const shards = parts.map(({ hosts }) =>
    hosts.map(({ listeners, host }): ShardHost => {
      const names = namesIn(host, byName);
      for (const name of names) inHosts.add(name);
      return { listeners, host, clusters: [...names].sort().flatMap((name) => byName.get(name) ?? []) };
    }),
  );
  const bare = { ...snapshot, gateway: withoutHosts(gateway), clusters: [] };
  const elsewhere = namesIn(bare, byName);
  const clusters = snapshot.clusters.filter(({ name }) => elsewhere.has(name) || !inHosts.has(name));
  return { root: { ...bare, clusters }, shards, domains };
}

/** What a shard is made of; virtual hosts that several listeners have alike are one. */
class Part {
  readonly hosts: Omit<ShardHost, 'clusters'>[] = [];
  readonly #byName = new Map<string, { listeners: number[]; host: VirtualHost }[]>();

  add(listener: number, host: VirtualHost): void {
    const alike = this.#byName.get(host.name) ?? [];
    const text = JSON.stringify(host);
    const same = alike.find((one) => !one.listeners.includes(listener) && JSON.stringify(one.host) === text);
    if (same) {
      same.listeners.push(listener);
      return;
    }
    const own = { listeners: [listener], host };
    this.#byName.set(host.name, [...alike, own]);
    this.hosts.push(own);
  }
}

/** The virtual hosts of `gateway.virtualHosts`, then of each server. */
function listenersOf({ virtualHosts, servers }: GatewayListener): (readonly VirtualHost[])[] {
  return [virtualHosts, ...servers.map((server) => ('virtualHosts' in server ? server.virtualHosts : []))];
}

function withoutHosts({ virtualHosts: _, servers, ...rest }: GatewayListener): GatewayListener {
  const bare = servers.map((server) => ('virtualHosts' in server ? { ...server, virtualHosts: [] } : server));
  return { ...rest, virtualHosts: [], servers: bare };
}

/** The domains of a virtual host that no earlier one has, by shard. */
function ownDomains(host: VirtualHost, taken: Set<string>, count: number): Map<number, string[]> {
  const byShard = new Map<number, string[]>();
  for (const written of host.domains) {
    const domain = written.toLowerCase();
    if (taken.has(domain)) continue;
    taken.add(domain);
    const shard = shardOf(domain, count);
    byShard.set(shard, [...(byShard.get(shard) ?? []), domain]);
  }
  return byShard;
}

/** The clusters that a value names anywhere, so that no member which names one can be forgotten here. */
function namesIn(
  value: unknown,
  clusters: ReadonlyMap<string, unknown>,
  found = new Set<string>(),
): Set<string> {
  if (typeof value === 'string') {
    if (clusters.has(value)) found.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) namesIn(member, clusters, found);
  }
  return found;
}
