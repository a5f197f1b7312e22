import type { ReadStore } from '../runtime/ports.ts';
import { decodeJson } from './canonical-bytes.ts';
import { contentAddress } from './content-address.ts';
import { limit } from './limit.ts';
import { type BlobReference, type Manifest, type ShardedTarget, verifyManifest } from './manifest.ts';
import { decodePointer, type Pointer } from './pointer.ts';
import { check, integer, list, pair, record, type Shape, text } from './shape.ts';
import { Shard, type ShardHost } from './shard.ts';
import { ShardMap } from './shard-index.ts';
import type { VerifyingKey } from './signing-key.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { SourceMap, SourcePlace } from './source-map.ts';
import { blobKey, manifestKey, pointerKey } from './store-key.ts';
import { targetName } from './target.ts';
import { validateSnapshot } from './validate-snapshot.ts';
import { wholeSnapshot } from './whole-snapshot.ts';

/** Blobs read at a time: workerd allows six connections. */
const PARALLEL = 6;

/** Whose publications a reader accepts. */
export interface Trust {
  readonly mesh: string;
  /** Pinned outside the store; two of them while the key is rotated. */
  readonly keys: readonly VerifyingKey[];
}

/** Throws E_STORE, E_MISSING, E_SIZE, E_FORMAT. */
export async function readPointer(store: ReadStore): Promise<Pointer> {
  return decodePointer(await read(store, pointerKey));
}

/** The manifest that the pointer names, verified. Throws SnapshotError. */
export async function readManifest(store: ReadStore, pointer: Pointer, trust: Trust): Promise<Manifest> {
  const bytes = await read(store, manifestKey(pointer.manifest));
  await refuseOther(bytes, pointer.manifest, limit.manifest);
  const manifest = await verifyManifest(bytes, trust.keys, trust);
  if (manifest.revision !== pointer.revision) {
    throw new SnapshotError('E_FORMAT', `pointer says ${pointer.revision}, manifest ${manifest.revision}`);
  }
  return manifest;
}

/** A target as it is stored: a whole snapshot, or the root of a sharded one with the way to its shards. */
export interface StoredTarget {
  readonly root: Snapshot;
  readonly shards: ShardMap | undefined;
}

/** The snapshot of one target without its shards, verified against its manifest and checked. Throws SnapshotError. */
export async function readTarget(
  store: ReadStore,
  manifest: Manifest,
  target: string,
): Promise<StoredTarget> {
  const reference = targetBlob(manifest, target);
  const sharded = shardsOf(manifest, target);
  const snapshot = validateSnapshot(sharded?.root ?? (await readBlob(store, reference)));
  const name = targetName(snapshot.target);
  if (name !== target) throw new SnapshotError('E_FORMAT', `snapshot of ${name} under the name ${target}`);
  return { root: snapshot, shards: sharded && new ShardMap(sharded.index) };
}

/** One shard, verified against its index; its virtual hosts are checked as they are decoded. Throws SnapshotError. */
export async function readShard(store: ReadStore, shards: ShardMap, number: number): Promise<ReadShard> {
  const address = shards.address(number);
  const bytes = await read(store, blobKey(address));
  await refuseOther(bytes, address, limit.shard);
  return { shard: new Shard(bytes, number, shards), bytes };
}

export interface ReadShard {
  readonly shard: Shard;
  /** As stored. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The snapshot of one target with all its shards, verified against its manifest and checked. Throws SnapshotError. */
export async function readSnapshot(store: ReadStore, manifest: Manifest, target: string): Promise<Snapshot> {
  const { root, shards } = await readTarget(store, manifest, target);
  if (shards === undefined) return root;
  const parts: ShardHost[] = [];
  for (let at = 0; at < shards.count; at += PARALLEL) {
    const numbers = Array.from({ length: Math.min(PARALLEL, shards.count - at) }, (_, i) => at + i);
    const read = await Promise.all(numbers.map((number) => readShard(store, shards, number)));
    parts.push(...read.flatMap(({ shard }) => shard.hosts()));
  }
  return wholeSnapshot(root, parts);
}

/** What the manifest says of a target's shards; undefined where it is stored whole. */
export function shardsOf(manifest: Manifest, target: string): ShardedTarget | undefined {
  return manifest.sharded?.find(([name]) => name === target)?.[1];
}

/** Which blob a target gets. Throws E_MISSING. */
export function targetBlob(manifest: Manifest, target: string): BlobReference {
  const entry = manifest.targets.find(([name]) => name === target);
  if (entry !== undefined) return entry[1];
  throw new SnapshotError('E_MISSING', `revision ${manifest.revision} has no target ${target}`);
}

/** Where the resources of a publication were written. Throws SnapshotError. */
export async function readSources(store: ReadStore, manifest: Manifest): Promise<SourceMap> {
  return check(sourcesShape, await readBlob(store, manifest.sources), 'sources');
}

/** The value under a key, whatever it is. Throws E_STORE, E_MISSING. */
export async function read(store: ReadStore, key: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readIfPresent(store, key);
  if (bytes === undefined) throw new SnapshotError('E_MISSING', `no ${key} in the store`);
  return bytes;
}

/** Throws E_STORE. */
export async function readIfPresent(
  store: ReadStore,
  key: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await store.get(key);
  } catch (cause) {
    throw new SnapshotError('E_STORE', `the store failed: ${String(cause)}`, { cause });
  }
}

async function readBlob(store: ReadStore, reference: BlobReference): Promise<unknown> {
  const bytes = await read(store, blobKey(reference.blob));
  await refuseOther(bytes, reference.blob, limit.blob);
  if (bytes.length !== reference.size) throw new SnapshotError('E_HASH', `${reference.blob}: wrong size`);
  return decodeJson(bytes, limit.blob);
}

async function refuseOther(bytes: Uint8Array<ArrayBuffer>, address: string, max: number): Promise<void> {
  if (bytes.length > max)
    throw new SnapshotError('E_SIZE', `${address}: ${bytes.length} bytes, limit ${max}`);
  const actual = await contentAddress(bytes);
  if (actual !== address) throw new SnapshotError('E_HASH', `${address}: the bytes are those of ${actual}`);
}

const place: Shape<SourcePlace> = record<SourcePlace>({ file: text(), line: integer(0), column: integer(0) });

const sourcesShape: Shape<SourceMap> = list(pair(text(), place), limit.sources);
