import { canonicalBytes, decodeJson } from './canonical-bytes.ts';
import { contentAddress } from './content-address.ts';
import { limit } from './limit.ts';
import type { BlobReference, Manifest, ShardedTarget } from './manifest.ts';
import { encodeShard, Shard } from './shard.ts';
import { buildShardIndex, ShardMap } from './shard-index.ts';
import { domainCount, shardCount, shardedFrom, shardSnapshot } from './shard-snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { SourceMap } from './source-map.ts';
import { blobKey } from './store-key.ts';
import { targetName } from './target.ts';
import { validateSnapshot } from './validate-snapshot.ts';

/** One value to write. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array<ArrayBuffer>;
}

/** Compiled configuration as blobs, and what a manifest says of them. */
export interface Content extends Pick<Manifest, 'targets' | 'sources'> {
  readonly blobs: readonly Entry[];
  readonly sharded: NonNullable<Manifest['sharded']>;
}

/** A gateway's snapshot of more bytes is sharded even if its hosts are few. */
const wholeLimit = 4 * 1024 * 1024;
/** A root of more bytes is a read of its own. */
const inlineLimit = 64 * 1024;

/** What compiling one mesh gave. */
interface Compiled {
  readonly snapshots: readonly Snapshot[];
  readonly sources: SourceMap;
}

/** Encodes snapshots and sources, each once; throws E_FORMAT and E_SIZE for what readers would refuse. */
export function encodeContent({ snapshots, sources }: Compiled): Promise<Content> {
  const known = encoded.get(snapshots);
  if (known?.sources === sources) return known.content;
  const content = encode({ snapshots, sources });
  encoded.set(snapshots, { sources, content });
  return content;
}

/** A publication is compared, signed and written: its content is the same each time, and may be large. */
const encoded = new WeakMap<readonly Snapshot[], { sources: SourceMap; content: Promise<Content> }>();

async function encode({ snapshots, sources }: Compiled): Promise<Content> {
  const blobs: Blobs = new Map();
  const targets = new Map<string, BlobReference>();
  const sharded = new Map<string, ShardedTarget>();
  for (const snapshot of snapshots) {
    const name = targetName(snapshot.target);
    const { root, parts } = await encodeTarget(snapshot, blobs);
    const same =
      targets.get(name)?.blob === root.blob && sharded.get(name)?.index.shards === parts?.index.shards;
    if (targets.has(name) && !same) throw new SnapshotError('E_FORMAT', `two snapshots for ${name}`);
    targets.set(name, root);
    if (parts) sharded.set(name, parts);
  }
  return {
    targets: [...targets].sort(byName),
    sharded: [...sharded].sort(byName),
    sources: await addBlob(canonicalBytes(sources), blobs),
    blobs: [...blobs.values()],
  };
}

type Blobs = Map<string, Entry>;

interface EncodedTarget {
  readonly root: BlobReference;
  readonly parts?: ShardedTarget;
}

async function encodeTarget(snapshot: Snapshot, blobs: Blobs): Promise<EncodedTarget> {
  const domains = domainCount(snapshot);
  if (domains >= shardedFrom) return encodeShards(snapshot, domains, blobs);
  const bytes = canonicalBytes(snapshot);
  if (bytes.length > wholeLimit && domains > 1) return encodeShards(snapshot, domains, blobs);
  validateSnapshot(decodeJson(bytes, limit.blob));
  return { root: await addBlob(bytes, blobs) };
}

async function encodeShards(snapshot: Snapshot, domains: number, blobs: Blobs): Promise<EncodedTarget> {
  const { root, shards, names } = shardsOf(snapshot, shardCount(domains));
  const bytes = canonicalBytes(root);
  validateSnapshot(decodeJson(bytes, limit.blob));
  const addresses: string[] = [];
  for (const shard of shards) addresses.push((await addBlob(shard, blobs)).blob);
  const index = buildShardIndex(addresses, names);
  const map = new ShardMap(index);
  for (const [number, shard] of shards.entries()) new Shard(shard, number, map).hosts();
  const inline = bytes.length <= inlineLimit;
  return { root: await addBlob(bytes, blobs), parts: inline ? { root, index } : { index } };
}

/** Divides once more as long as a shard is too large. */
function shardsOf(snapshot: Snapshot, count: number) {
  for (;;) {
    const parts = shardSnapshot(snapshot, count);
    if (parts === undefined) throw new SnapshotError('E_FORMAT', 'only gateways are sharded');
    const shards = parts.shards.map(encodeShard);
    const large = shards.findIndex(({ length }) => length > limit.shard);
    if (large < 0) return { root: parts.root, shards, names: parts.domains };
    const [first, ...others] = parts.shards[large] ?? [];
    if (others.length === 0 || count * 2 > limit.shards) {
      throw new SnapshotError(
        'E_SIZE',
        `shard of ${shards[large]?.length} bytes, with host ${first?.host.name}`,
      );
    }
    count *= 2;
  }
}

async function addBlob(value: Uint8Array<ArrayBuffer>, blobs: Blobs): Promise<BlobReference> {
  if (value.length > limit.blob) throw new SnapshotError('E_SIZE', `blob of ${value.length} bytes`);
  const blob = await contentAddress(value);
  blobs.set(blob, { key: blobKey(blob), value });
  return { blob, size: value.length };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
