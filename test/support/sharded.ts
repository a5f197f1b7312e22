import { contentAddress } from '../../src/snapshot/content-address.ts';
import type { ReadShard } from '../../src/snapshot/read-publication.ts';
import { encodeShard, Shard } from '../../src/snapshot/shard.ts';
import { buildShardIndex, ShardMap } from '../../src/snapshot/shard-index.ts';
import { shardSnapshot } from '../../src/snapshot/shard-snapshot.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';

/** A snapshot in parts, as a reader has them. */
export interface Sharded {
  readonly root: Snapshot;
  readonly map: ShardMap;
  readonly shards: readonly ReadShard[];
}

/** Divides a gateway's snapshot into `count` shards, however small it is. */
export async function sharded(snapshot: Snapshot, count: number): Promise<Sharded> {
  const parts = shardSnapshot(snapshot, count);
  if (parts === undefined) throw new Error('not a gateway');
  const encoded = parts.shards.map(encodeShard);
  const addresses = await Promise.all(encoded.map(contentAddress));
  const map = new ShardMap(buildShardIndex(addresses, parts.domains));
  return {
    root: parts.root,
    map,
    shards: encoded.map((bytes, i) => ({ shard: new Shard(bytes, i, map), bytes })),
  };
}
