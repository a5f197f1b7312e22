import type { Manifest } from './manifest.ts';
import { ShardMap } from './shard-index.ts';

/** Content addresses of all that a manifest names. Throws E_FORMAT for an index that no reader would take. */
export function manifestBlobs({ targets, sources, sharded = [] }: Manifest): string[] {
  const blobs = [sources.blob, ...targets.map(([, { blob }]) => blob)];
  for (const [, { index }] of sharded) {
    const map = new ShardMap(index);
    for (let shard = 0; shard < map.count; shard++) blobs.push(map.address(shard));
  }
  return blobs;
}
