import type { Clock } from '../runtime/ports.ts';
import type { ShardReader, SnapshotParts } from '../snapshot/shard-reader.ts';
import type { Subscriber } from '../snapshot/subscribe.ts';
import type { ActiveSnapshot } from './activate.ts';
import type { AskSnapshot } from './decide/decision.ts';
import type { LoadedHost } from './decide/loaded-shard.ts';
import type { ShardedHosts } from './decide/sharded-hosts.ts';
import type { EndpointTable } from './forward/endpoint-table.ts';

/** Where a proxy keeps what is in force. */
export interface InForce {
  readonly active: ActiveSnapshot | undefined;
  readonly endpoints: EndpointTable;
}

/** What a proxy tells its subscriber of the shards that it has loaded, and takes from it. */
export function shardReader(state: InForce, clock: Pick<Clock, 'sleep'>): ShardReader {
  const shards = (): ShardedHosts | undefined => state.active?.shards;
  return {
    clock,
    has: (address) => shards()?.has(address) ?? false,
    domainsInUse: () =>
      shards()
        ?.inUse()
        .flatMap(({ domains }) => domains) ?? [],
    servicesInUse: () => servicesOf(shards()?.inUse() ?? []),
    onShard: (number, shard) => {
      shards()?.add(number, shard);
      if (state.active) state.endpoints.retain(state.active.clusters);
    },
  };
}

/**
 * Takes in the shards that came with a snapshot, before it is put in force, and compiles of them what was in use.
 * Throws SnapshotError and RegexError.
 */
export function addParts(
  active: ActiveSnapshot,
  parts: SnapshotParts | undefined,
  earlier: ActiveSnapshot | undefined,
): void {
  for (const [number, shard] of parts?.read ?? []) active.shards?.add(number, shard);
  active.shards?.compileAll(earlier?.shards?.inUse().flatMap(({ domains }) => domains) ?? []);
}

/**
 * Loads what a decision asks for of a sharded snapshot: the shards that may have the host, then the endpoints that
 * its virtual host leads to. False when a shard cannot be had: then this request is answered 503, and no other.
 */
export async function loadHost(
  { wanted }: AskSnapshot,
  state: Pick<InForce, 'active'>,
  subscriber: Pick<Subscriber, 'loadShards' | 'loadEndpoints' | 'accepts'>,
): Promise<boolean> {
  if (wanted === undefined) return false;
  if (wanted.shards.length > 0 && !(await subscriber.loadShards(wanted.shards))) return false;
  const shards = state.active?.shards;
  const closed = shards?.closed(wanted.host) ?? [];
  if (!closed.every((host) => subscriber.accepts(() => shards?.compile(host)))) return false;
  await subscriber.loadEndpoints(servicesOf(closed));
  for (const host of closed) host.open = true;
  return true;
}

function servicesOf(hosts: readonly LoadedHost[]): string[] {
  return [...new Set(hosts.flatMap(({ compiled }) => compiled?.services ?? []))];
}
