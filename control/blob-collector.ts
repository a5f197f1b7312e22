import type { Clock, Log, SwapStore } from '../src/runtime/ports.ts';
import { type Manifest, verifyManifest } from '../src/snapshot/manifest.ts';
import { manifestBlobs } from '../src/snapshot/manifest-blobs.ts';
import { readPointer, type Trust } from '../src/snapshot/read-publication.ts';
import { blobKey, manifestKey, pointerKey } from '../src/snapshot/store-key.ts';
import type { GatewayMirror } from './gateway-mirror.ts';
import type { History } from './history/history.ts';

export interface BlobCollectorParts {
  readonly store: SwapStore;
  readonly history: Pick<History, 'manifests'>;
  readonly mirror: Pick<GatewayMirror, 'remove'>;
  readonly trust: Trust;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Readers may be so far behind: what a younger publication names stays, whatever the history keeps, ms. */
const graceMs = 60 * 60 * 1000;

/** Values removed in one run; the next goes on. */
const perRun = 256;

/** Removes blobs and manifests that no kept revision names: here and in the gateway's store. */
export class BlobCollector {
  readonly #parts: BlobCollectorParts;
  /** Keys that a manifest names, its own among them, by its address: none of them ever changes. */
  readonly #known = new Map<string, { readonly created: number; readonly keys: readonly string[] }>();

  constructor(parts: BlobCollectorParts) {
    this.#parts = parts;
  }

  /** One run; nothing may be published meanwhile. Resolves to the number of values removed. */
  async collect(): Promise<number> {
    const { store, mirror, log } = this.#parts;
    const stored = [...(await store.list(blobKey(''))), ...(await store.list(manifestKey('')))];
    const named = await this.#named(stored);
    const garbage = named === undefined ? [] : stored.filter((key) => !named.has(key)).slice(0, perRun);
    if (garbage.length === 0) return 0;
    // First there: what could not be removed there is still listed here, and tried again.
    try {
      await mirror.remove(garbage);
    } catch (error) {
      log.warn('old configuration not removed from the gateway store', { error: String(error) });
      return 0;
    }
    for (const key of garbage) await store.delete(key);
    log.info('old configuration removed', { values: garbage.length });
    return garbage.length;
  }

  /** Undefined when a kept manifest cannot be read: then nobody knows what it needs. */
  async #named(stored: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    const { history, clock, log } = this.#parts;
    const kept = new Set([...(await history.manifests()), ...(await this.#inForce())]);
    const named = new Set<string>();
    for (const key of stored.filter((one) => one.startsWith(manifestKey('')))) {
      const address = key.slice(manifestKey('').length);
      const manifest = await this.#read(address);
      if (manifest === undefined && kept.has(address)) {
        log.warn('old configuration is not removed: a kept manifest cannot be read', { manifest: address });
        return undefined;
      }
      if (manifest === undefined) continue;
      if (!kept.has(address) && clock.now() - manifest.created > graceMs) this.#known.delete(address);
      else for (const own of manifest.keys) named.add(own);
    }
    return named;
  }

  async #inForce(): Promise<string[]> {
    const { store } = this.#parts;
    return (await store.get(pointerKey)) === undefined ? [] : [(await readPointer(store)).manifest];
  }

  async #read(address: string) {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const { store, trust } = this.#parts;
    const bytes = await store.get(manifestKey(address));
    const manifest = bytes && (await verifyManifest(bytes, trust.keys, trust).catch(() => undefined));
    if (manifest === undefined) return undefined;
    const read = { created: manifest.created, keys: keysOf(address, manifest) };
    this.#known.set(address, read);
    return read;
  }
}

function keysOf(address: string, manifest: Manifest): string[] {
  return [manifestKey(address), ...manifestBlobs(manifest).map(blobKey)];
}
