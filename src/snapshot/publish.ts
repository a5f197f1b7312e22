import type { Store, SwapStore } from '../runtime/ports.ts';
import { sameBytes } from './canonical-bytes.ts';
import { contentAddress } from './content-address.ts';
import { type Entry, encodeContent } from './encode-content.ts';
import { type Manifest, signManifest } from './manifest.ts';
import { encodePointer } from './pointer.ts';
import { readManifest, readPointer, type Trust } from './read-publication.ts';
import type { SigningKey } from './signing-key.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { SourceMap } from './source-map.ts';
import { manifestKey, pointerKey } from './store-key.ts';

/** What goes into the store together. To roll back, publish old content under a new revision. */
export interface Publication {
  readonly mesh: string;
  /** Greater than every earlier one of the mesh. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** One for each target. */
  readonly snapshots: readonly Snapshot[];
  readonly sources: SourceMap;
  /** Readers take no trust record of a smaller sequence. Absent = any. */
  readonly trustSequence?: number;
}

export interface PublishedManifest {
  /** Content address of the signed manifest. */
  readonly address: string;
  readonly manifest: Manifest;
}

/**
 * Writes the blobs that are missing or damaged, then the manifest, and at last the pointer. Throws E_FORMAT,
 * E_SIZE for what readers would refuse, and E_ROLLBACK when this revision or a later one is already in force.
 */
export async function publish(
  store: Store,
  publication: Publication,
  key: SigningKey,
): Promise<PublishedManifest> {
  const { published, content, pointer } = await encodePublication(publication, key);
  const previous = await store.get(pointerKey);
  if (previous === undefined || !sameBytes(previous, pointer.value)) {
    await refuseOlder(store, publication, key);
  }
  for (const entry of content) await putMissing(store, entry);
  await movePointer(store, previous, pointer.value);
  return published;
}

/** The same writes for a store that takes them in bulk: the second batch must wait for the first. */
export async function publicationEntries(
  publication: Publication,
  key: SigningKey,
): Promise<readonly [content: readonly Entry[], pointer: readonly Entry[]]> {
  const { content, pointer } = await encodePublication(publication, key);
  return [content, [pointer]];
}

interface Encoded {
  readonly published: PublishedManifest;
  /** Blobs, then the manifest. */
  readonly content: readonly Entry[];
  readonly pointer: Entry;
}

async function encodePublication(publication: Publication, key: SigningKey): Promise<Encoded> {
  const { mesh, revision, created, expires, trustSequence } = publication;
  const { blobs, targets, sources, sharded } = await encodeContent(publication);
  const common = { format: 1, mesh, revision, created, expires, targets, sources } as const;
  const content: Manifest =
    sharded.length === 0 ? { ...common, minReader: 1 } : { ...common, minReader: 2, sharded };
  const manifest: Manifest =
    trustSequence === undefined ? content : { ...content, minReader: 3, trustSequence };
  const value = await signManifest(manifest, key);
  const address = await contentAddress(value);
  return {
    published: { address, manifest },
    content: [...blobs, { key: manifestKey(address), value }],
    pointer: { key: pointerKey, value: encodePointer({ manifest: address, revision }) },
  };
}

async function refuseOlder(store: Store, { mesh, revision }: Publication, key: SigningKey): Promise<void> {
  const inForce = await revisionInForce(store, { mesh, keys: [key] });
  if (inForce >= revision) throw new SnapshotError('E_ROLLBACK', `revision ${inForce} is already published`);
}

/** 0 unless a manifest by this key proves it: nobody else may block a publication by writing a pointer. */
async function revisionInForce(store: Store, trust: Trust): Promise<number> {
  try {
    return (await readManifest(store, await readPointer(store), trust)).revision;
  } catch (error) {
    if (error instanceof SnapshotError && error.code !== 'E_STORE') return 0;
    throw error;
  }
}

async function putMissing(store: Store, { key, value }: Entry): Promise<void> {
  const stored = await store.get(key);
  if (stored === undefined || !sameBytes(stored, value)) await store.put(key, value);
}

async function movePointer(
  store: Store,
  previous: Uint8Array<ArrayBuffer> | undefined,
  next: Uint8Array<ArrayBuffer>,
): Promise<void> {
  if (!canSwap(store)) return store.put(pointerKey, next);
  if (!(await store.swap(pointerKey, previous, next))) {
    throw new SnapshotError('E_ROLLBACK', 'another revision was published meanwhile');
  }
}

function canSwap(store: Store): store is SwapStore {
  return 'swap' in store;
}
