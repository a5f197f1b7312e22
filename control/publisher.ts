import type { Clock, Log, SwapStore } from '../src/runtime/ports.ts';
import { canonicalBytes, sameBytes } from '../src/snapshot/canonical-bytes.ts';
import { type Entry, encodeContent } from '../src/snapshot/encode-content.ts';
import type { Manifest } from '../src/snapshot/manifest.ts';
import { type Publication, publicationEntries, publish } from '../src/snapshot/publish.ts';
import { readManifest, readPointer } from '../src/snapshot/read-publication.ts';
import type { SigningKey } from '../src/snapshot/signing-key.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';
import type { SourceMap } from '../src/snapshot/source-map.ts';
import { manifestKey, pointerKey } from '../src/snapshot/store-key.ts';
import { copyBatches } from './copy-batches.ts';
import type { GatewayMirror } from './gateway-mirror.ts';
import type { Published } from './history/history.ts';

/** Sidecars log an error event when nobody has renewed the manifest for this long. */
const manifestLifeMs = 24 * 60 * 60 * 1000;

/** The gateway's store is tried again after this long, ms. */
const mirrorRetryMs = 5000;

/** A publication that was found fit to be published. */
export interface Prepared {
  readonly publication: Publication;
  /** Whether the same content is in force already. */
  readonly kept: boolean;
  /** For the gateway's store: content, then pointer. */
  readonly entries: readonly (readonly Entry[])[];
}

/** Signs compiled configuration and makes it the one in force: in control's store, then in the gateway's. */
export class Publisher {
  readonly #store: SwapStore;
  readonly #mirror: GatewayMirror;
  readonly #key: SigningKey;
  readonly #mesh: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #trustSequence: () => number;
  readonly #closed = new AbortController();
  /** The revision that the gateway's store has for certain; a new process knows of none. */
  #mirrored = 0;
  /** Keys of the content that was copied there last. */
  #copied: ReadonlySet<string> = new Set();
  /** What the gateway's store should have and has not. */
  #wanted: Prepared | undefined;
  #retrying = false;

  /** `trustSequence` is that of the trust record now; 0 = there is none. */
  constructor(
    store: SwapStore,
    mirror: GatewayMirror,
    key: SigningKey,
    mesh: string,
    clock: Clock,
    log: Log,
    trustSequence: () => number = () => 0,
  ) {
    this.#trustSequence = trustSequence;
    this.#store = store;
    this.#mirror = mirror;
    this.#key = key;
    this.#mesh = mesh;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Encodes and signs, and changes nothing. Content that is already in force keeps its revision until half of
   * its manifest's life is over, or whom the mesh believes has changed. Throws SnapshotError for what readers would
   * refuse.
   */
  async prepare(snapshots: readonly Snapshot[], sources: SourceMap): Promise<Prepared> {
    const before = await this.current();
    const trustSequence = Math.max(before?.trustSequence ?? 0, this.#trustSequence());
    const isCurrent = before && this.#isFresh(before) && (before.trustSequence ?? 0) === trustSequence;
    const kept = isCurrent && (await sameContent(before, snapshots, sources));
    const { revision, created, expires } = kept ? before : this.#next(before);
    const common = { mesh: this.#mesh, revision, created, expires, snapshots, sources };
    const publication = trustSequence === 0 ? common : { ...common, trustSequence };
    const copied = kept === true && this.#mirrored === revision;
    return {
      publication,
      kept: kept === true,
      entries: copied ? [] : await publicationEntries(publication, this.#key),
    };
  }

  /** Makes it the one in force for sidecars. */
  async publish({ publication, kept }: Prepared): Promise<Published> {
    const { revision, created, snapshots } = publication;
    if (kept) return { revision, created, manifest: (await readPointer(this.#store)).manifest };
    const { address } = await publish(this.#store, publication, this.#key);
    this.#log.info('configuration published', { revision, targets: snapshots.length });
    return { revision, created, manifest: address };
  }

  /**
   * Copies it to the gateway's store; resolves with the error when that failed. Then it is tried again in the
   * background, until this publication or a later one is there.
   */
  async mirror(prepared: Prepared): Promise<string | undefined> {
    if (prepared.entries.length === 0) return undefined;
    this.#wanted = prepared;
    const failure = await this.#copy(prepared);
    if (failure !== undefined) void this.#retry();
    return failure;
  }

  /** Ends the work in the background. */
  close(): void {
    this.#closed.abort();
  }

  /** The manifest in force, or undefined before the first publication. */
  async current(): Promise<Manifest | undefined> {
    if (!(await this.#store.get(pointerKey))) return undefined;
    const trust = { mesh: this.#mesh, keys: [this.#key] };
    return readManifest(this.#store, await readPointer(this.#store), trust);
  }

  /** An earlier manifest that is still stored, verified; undefined when it is not there. */
  async earlier({
    revision,
    manifest,
  }: Pick<Published, 'revision' | 'manifest'>): Promise<Manifest | undefined> {
    if (!(await this.#store.get(manifestKey(manifest)))) return undefined;
    return readManifest(this.#store, { revision, manifest }, { mesh: this.#mesh, keys: [this.#key] });
  }

  async #copy(prepared: Prepared): Promise<string | undefined> {
    const { revision } = prepared.publication;
    const [content = [], ...pointer] = prepared.entries;
    try {
      await this.#mirror.put([...copyBatches(content, this.#copied), ...pointer]);
    } catch (error) {
      this.#log.warn('gateway store not written', { error: String(error), revision });
      return error instanceof Error ? error.message : String(error);
    }
    this.#mirrored = revision;
    this.#copied = new Set(content.map(({ key }) => key));
    if (this.#wanted === prepared) this.#wanted = undefined;
    return undefined;
  }

  async #retry(): Promise<void> {
    if (this.#retrying) return;
    this.#retrying = true;
    const { signal } = this.#closed;
    while (this.#wanted && !signal.aborted) {
      await this.#clock.sleep(mirrorRetryMs, signal).catch(() => undefined);
      if (this.#wanted && !signal.aborted) await this.#copy(this.#wanted);
    }
    this.#retrying = false;
  }

  #next(before: Manifest | undefined): Pick<Manifest, 'revision' | 'created' | 'expires'> {
    const created = this.#clock.now();
    return { revision: (before?.revision ?? 0) + 1, created, expires: created + manifestLifeMs };
  }

  #isFresh({ expires }: Manifest): boolean {
    return expires - this.#clock.now() > manifestLifeMs / 2;
  }
}

async function sameContent(
  before: Manifest,
  snapshots: readonly Snapshot[],
  sources: SourceMap,
): Promise<boolean> {
  const content = await encodeContent({ snapshots, sources });
  const named = ({ targets, sources, sharded = [] }: Pick<Manifest, 'targets' | 'sources' | 'sharded'>) => ({
    targets,
    sources,
    sharded,
  });
  return sameBytes(canonicalBytes(named(before)), canonicalBytes(named(content)));
}
