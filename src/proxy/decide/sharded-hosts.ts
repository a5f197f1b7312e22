import type { Cluster } from '../../snapshot/cluster.ts';
import type { ReadShard } from '../../snapshot/read-publication.ts';
import type { ShardMap } from '../../snapshot/shard-index.ts';
import type { AskSnapshot } from './decision.ts';
import { type LoadedDomain, type LoadedHost, LoadedShard } from './loaded-shard.ts';
import type { RouteTable } from './route-table.ts';

/** What loaded shards may cost, in bytes. */
export const shardBound = 32 * 1024 * 1024;

/** Virtual hosts whose endpoints are kept up to date; the endpoints of others are read when they are asked for. */
const HOSTS_KEPT = 256;

/** The virtual hosts of a sharded gateway, as far as they are loaded; those that are not, decisions ask for. */
export class ShardedHosts {
  readonly map: ShardMap;
  /** Of the root and of every loaded shard; changes with them. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly #clusters: Map<string, Cluster>;
  readonly #own: ReadonlyMap<string, Cluster>;
  readonly #bound: number;
  readonly #loaded = new Map<number, LoadedShard>();
  /** Dropped, but requests that it decided may still be under way: its clusters go with the next drop. */
  #leaving: readonly LoadedShard[] = [];
  #uses: number;

  /** `clusters` are those of the root. Takes over what `earlier` has loaded and this map still names. */
  constructor(
    map: ShardMap,
    clusters: ReadonlyMap<string, Cluster>,
    earlier: ShardedHosts | undefined,
    bound: number = shardBound,
  ) {
    this.map = map;
    this.#own = clusters;
    this.#clusters = new Map(clusters);
    this.clusters = this.#clusters;
    this.#bound = bound;
    this.#uses = earlier?.uses ?? 0;
    for (const [number, shard] of earlier?.loaded ?? [])
      if (number < map.count && map.address(number) === shard.address) this.#hold(number, shard);
  }

  /** By number. */
  get loaded(): ReadonlyMap<number, LoadedShard> {
    return this.#loaded;
  }

  /** Whether a shard with this content address is loaded. */
  has(address: string): boolean {
    for (const shard of this.#loaded.values()) if (shard.address === address) return true;
    return false;
  }

  /** Requests so far, over all snapshots. */
  get uses(): number {
    return this.#uses;
  }

  /** What the loaded shards take of memory, in bytes. */
  get cost(): number {
    let cost = 0;
    for (const shard of this.#loaded.values()) cost += shard.cost;
    return cost;
  }

  /** The route table of a listener: 0 = `gateway.virtualHosts`, n = those of its server n - 1. */
  table(listener: number): RouteTable {
    return { find: (host) => this.#find(listener, host) };
  }

  /** Takes a shard of this map in, and drops those that were used longest ago. */
  add(number: number, { shard, bytes }: ReadShard): void {
    if (this.#loaded.has(number)) return;
    const own = new LoadedShard(shard, this.map.address(number), bytes.length);
    own.usedAt = ++this.#uses;
    this.#hold(number, own);
    this.#keepWithin(number);
  }

  /** Decodes and compiles a virtual host that is to be opened. Throws SnapshotError and RegexError. */
  compile(host: LoadedHost): void {
    if (host.compiled !== undefined) return;
    this.#addClusters(host.compile().clusters);
    this.#keepWithin(undefined);
  }

  /** The same with those of these domains, as far as their shards are loaded. */
  compileAll(domains: readonly string[]): void {
    for (const domain of domains) {
      const hosts = this.#loaded.get(this.map.shardOf(domain))?.hosts ?? [];
      for (const host of hosts) if (host.domains.includes(domain)) this.compile(host);
    }
  }

  /** The virtual hosts that a host may lead to, as a request names it, and that are not open. */
  closed(host: string): LoadedHost[] {
    const found = new Set<LoadedHost>();
    for (let level = 0; level < this.map.levels; level++) {
      const start = level === 0 ? 0 : this.map.suffixStart(host, level);
      const shard = start < 0 ? undefined : this.#loaded.get(this.map.locate(host, start, level > 0));
      const all = shard?.findAll(level === 0 ? host : host.slice(start), level > 0) ?? [];
      for (const own of all) if (!own.open) found.add(own);
    }
    return [...found];
  }

  /** Open virtual hosts, the last used first; those that are too many are closed. */
  inUse(): LoadedHost[] {
    const open = [...this.#loaded.values()].flatMap(({ hosts }) => hosts.filter((host) => host.open));
    open.sort((a, b) => b.usedAt - a.usedAt);
    for (const host of open.slice(HOSTS_KEPT)) host.open = false;
    return open.slice(0, HOSTS_KEPT);
  }

  #find(listener: number, host: string): LoadedDomain | AskSnapshot | undefined {
    let missing: number[] | undefined;
    for (let level = 0; level < this.map.levels; level++) {
      const start = level === 0 ? 0 : this.map.suffixStart(host, level);
      const number = start < 0 ? -1 : this.map.locate(host, start, level > 0);
      if (number < 0) continue;
      const shard = this.#loaded.get(number);
      if (shard === undefined) {
        // One that fits better may be in it, so that nothing found later counts before it is there.
        missing ??= [];
        missing.push(number);
        continue;
      }
      shard.usedAt = ++this.#uses;
      const found = shard.find(listener, level === 0 ? host : host.slice(start), level > 0);
      if (found === undefined) continue;
      found.host.usedAt = this.#uses;
      return missing === undefined && found.host.open ? found : ask(host, missing);
    }
    return missing && ask(host, missing);
  }

  #hold(number: number, shard: LoadedShard): void {
    this.#loaded.set(number, shard);
    for (const { compiled } of shard.hosts) if (compiled !== undefined) this.#addClusters(compiled.clusters);
  }

  #addClusters(clusters: ReadonlyMap<string, Cluster>): void {
    for (const [name, cluster] of clusters) if (!this.#clusters.has(name)) this.#clusters.set(name, cluster);
  }

  #keepWithin(spared: number | undefined): void {
    while (this.#loaded.size > 1 && this.cost > this.#bound) this.#dropOldest(spared);
  }

  #dropOldest(spared: number | undefined): void {
    let oldest: readonly [number, LoadedShard] | undefined;
    for (const one of this.#loaded) {
      if (one[0] !== spared && (oldest === undefined || one[1].usedAt < oldest[1].usedAt)) oldest = one;
    }
    if (oldest === undefined) return;
    this.#loaded.delete(oldest[0]);
    for (const shard of this.#leaving) this.#forget(shard);
    this.#leaving = [oldest[1]];
  }

  #forget({ hosts }: LoadedShard): void {
    for (const { compiled } of hosts) {
      for (const [name, cluster] of compiled?.clusters ?? []) {
        if (this.#clusters.get(name) !== cluster) continue;
        const other = this.#own.get(name) ?? this.#loadedCluster(name);
        if (other === undefined) this.#clusters.delete(name);
        else this.#clusters.set(name, other);
      }
    }
  }

  #loadedCluster(name: string): Cluster | undefined {
    for (const { hosts } of this.#loaded.values()) {
      for (const { compiled } of hosts) {
        const found = compiled?.clusters.get(name);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

const none: readonly number[] = [];

function ask(host: string, shards: readonly number[] = none): AskSnapshot {
  return { kind: 'ask', need: 'snapshot', wanted: { host, shards } };
}
