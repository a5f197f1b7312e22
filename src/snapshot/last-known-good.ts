import type { ReadStore, Store } from '../runtime/ports.ts';
import { pointerKey } from './store-key.ts';

/** A store that remembers what was read from it, so that exactly the bytes that were judged can be kept. */
export class ReadRecorder implements ReadStore {
  readonly #store: ReadStore;
  readonly seen = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(store: ReadStore) {
    this.#store = store;
  }

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const value = await this.#store.get(key);
    if (value !== undefined) this.seen.set(key, value);
    return value;
  }
}

/** Copies accepted documents into a store of the reader's own, in the order of acceptance. */
export class LastKnownGood {
  readonly #store: Store;
  #tail: Promise<void> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Keeps the values under `keys`, the pointer last; with a pointer all other blobs go, but for `parts` of what it
   * names that were kept before. Rejects when the store does.
   */
  keep(
    keys: readonly string[],
    seen: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
    parts: readonly string[] = [],
  ): Promise<void> {
    const turn = this.#tail.then(() => this.#write(keys, seen, parts));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async #write(
    keys: readonly string[],
    seen: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
    parts: readonly string[],
  ): Promise<void> {
    for (const key of keys) {
      const value = seen.get(key);
      if (value !== undefined) await this.#store.put(key, value);
    }
    if (keys.includes(pointerKey)) await this.#dropOthers(new Set([...keys, ...parts]));
  }

  /** Superseded blobs and manifests. */
  async #dropOthers(keys: ReadonlySet<string>): Promise<void> {
    const stored = [...(await this.#store.list('blob/')), ...(await this.#store.list('manifest/'))];
    for (const key of stored) if (!keys.has(key)) await this.#store.delete(key);
  }
}
