import type { Clock, Log, SwapStore } from '../src/runtime/ports.ts';
import { canonicalBytes } from '../src/snapshot/canonical-bytes.ts';
import { contentAddress } from '../src/snapshot/content-address.ts';
import type { Manifest } from '../src/snapshot/manifest.ts';
import { publicationEntries, publish } from '../src/snapshot/publish.ts';
import { readManifest, readPointer } from '../src/snapshot/read-publication.ts';
import type { SigningKey } from '../src/snapshot/signing-key.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';
import type { SourceMap } from '../src/snapshot/source-map.ts';
import { pointerKey } from '../src/snapshot/store-key.ts';
import { targetName } from '../src/snapshot/target.ts';
import type { GatewayMirror } from './gateway-mirror.ts';

/** A manifest that nobody renews for this long raises an alarm at its readers. */
const manifestLifeMs = 24 * 60 * 60 * 1000;

/** Signs compiled configuration and makes it the one in force: in control's store, then in the gateway's. */
export class Publisher {
  readonly #store: SwapStore;
  readonly #mirror: GatewayMirror;
  readonly #key: SigningKey;
  readonly #mesh: string;
  readonly #clock: Clock;
  readonly #log: Log;
  /** The revision that the gateway's store has for certain; a new process knows of none. */
  #mirrored = 0;

  constructor(
    store: SwapStore,
    mirror: GatewayMirror,
    key: SigningKey,
    mesh: string,
    clock: Clock,
    log: Log,
  ) {
    this.#store = store;
    this.#mirror = mirror;
    this.#key = key;
    this.#mesh = mesh;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Makes this content the one in force and returns its revision. Content that is already in force keeps
   * its revision until half of its manifest's life is over.
   */
  async publish(snapshots: readonly Snapshot[], sources: SourceMap): Promise<number> {
    const before = await this.current();
    const kept =
      before && this.#isFresh(before) && (await sameContent(before, snapshots, sources)) ? before : undefined;
    const { revision, created, expires } = kept ?? this.#next(before);
    const publication = { mesh: this.#mesh, revision, created, expires, snapshots, sources };
    if (!kept) await publish(this.#store, publication, this.#key);
    if (this.#mirrored !== revision) await this.#mirror.put(await publicationEntries(publication, this.#key));
    this.#mirrored = revision;
    if (!kept) this.#log.info('configuration published', { revision, targets: snapshots.length });
    return revision;
  }

  /** The manifest in force, or undefined before the first publication. */
  async current(): Promise<Manifest | undefined> {
    if (!(await this.#store.get(pointerKey))) return undefined;
    const trust = { mesh: this.#mesh, keys: [this.#key] };
    return readManifest(this.#store, await readPointer(this.#store), trust);
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
  if (before.targets.length !== snapshots.length) return false;
  const known = new Map(before.targets.map(([target, { blob }]) => [target, blob]));
  for (const snapshot of snapshots) {
    if (known.get(targetName(snapshot.target)) !== (await contentAddress(canonicalBytes(snapshot))))
      return false;
  }
  return before.sources.blob === (await contentAddress(canonicalBytes(sources)));
}
