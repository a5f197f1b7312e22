import type { JsonValue } from './canonical-bytes.ts';
import { addressShape } from './content-address.ts';
import { signJws, verifyJws } from './jws.ts';
import { limit } from './limit.ts';
import { check, integer, list, oneOf, optional, pair, record, type Shape, text } from './shape.ts';
import { type ShardIndex, shardIndexShape } from './shard-index.ts';
import type { SigningKey, VerifyingKey } from './signing-key.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotError } from './snapshot-error.ts';
import { snapshotShape } from './snapshot-shape.ts';

/** What one publication consists of; the only document that names blobs. */
export interface Manifest {
  readonly format: 1;
  readonly mesh: string;
  /** Goes up with every publication, also with one that brings old content back. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** Milliseconds since the epoch; afterwards readers raise an alarm and go on serving. */
  readonly expires: number;
  /** Readers of an older generation refuse the manifest. 2 reads shards, 3 knows `trustSequence`. */
  readonly minReader: 1 | 2 | 3;
  /** By target name, sorted. */
  readonly targets: readonly (readonly [target: string, snapshot: BlobReference])[];
  readonly sources: BlobReference;
  /** Targets whose virtual hosts are sharded, by name, sorted; their blob in `targets` is the root. Absent = none. */
  readonly sharded?: readonly (readonly [target: string, sharded: ShardedTarget])[];
  /** Of the trust record when this was published: readers refuse a smaller one. Absent = any. */
  readonly trustSequence?: number;
}

/** What a reader must know to load one shard of a target and nothing else. */
export interface ShardedTarget {
  /** The content of the target's blob, unless it is large: it spares a cold reader one read. */
  readonly root?: Snapshot;
  readonly index: ShardIndex;
}

export interface BlobReference {
  /** Content address. */
  readonly blob: string;
  /** Bytes. */
  readonly size: number;
}

/** The generation of this reader, for `minReader`. */
const READER = 3;
const TYPE = 'weft-manifest+json';

export async function signManifest(manifest: Manifest, key: SigningKey): Promise<Uint8Array<ArrayBuffer>> {
  check(manifestShape, manifest, 'manifest');
  const bytes = await signJws(manifest, TYPE, key);
  if (bytes.length > limit.manifest) throw new SnapshotError('E_SIZE', `manifest of ${bytes.length} bytes`);
  return bytes;
}

/** Throws E_SIZE, E_SIG, E_READER_OLD, E_FORMAT, E_MESH. Whether the revision is new is the caller's question. */
export async function verifyManifest(
  bytes: Uint8Array<ArrayBuffer>,
  keys: readonly VerifyingKey[],
  expected: { readonly mesh: string },
): Promise<Manifest> {
  const value = await verifyJws(bytes, TYPE, keys, limit.manifest);
  refuseNewer(value);
  const manifest = check(manifestShape, value, 'manifest');
  if (manifest.mesh !== expected.mesh) {
    throw new SnapshotError('E_MESH', `manifest of mesh ${JSON.stringify(manifest.mesh)}`);
  }
  return manifest;
}

const reference: Shape<BlobReference> = record<BlobReference>({
  blob: addressShape,
  size: integer(0, limit.blob),
});

const shardedTarget: Shape<ShardedTarget> = record<ShardedTarget>({
  root: optional(snapshotShape),
  index: shardIndexShape,
});

const manifestShape: Shape<Manifest> = record<Manifest>({
  format: oneOf(1),
  mesh: text(),
  revision: integer(1),
  created: integer(0),
  expires: integer(0),
  minReader: oneOf(1, 2, 3),
  targets: list(pair(text(), reference), limit.targets),
  sources: reference,
  sharded: optional(list(pair(text(), shardedTarget), limit.targets)),
  trustSequence: optional(integer(1)),
});

/** Before the structure is judged: a newer one may look different. */
function refuseNewer(value: JsonValue): void {
  if (typeof value !== 'object' || value === null || !('minReader' in value)) return;
  const { minReader } = value;
  if (typeof minReader === 'number' && minReader > READER) {
    throw new SnapshotError('E_READER_OLD', `manifest wants reader ${minReader}, this is ${READER}`);
  }
}
