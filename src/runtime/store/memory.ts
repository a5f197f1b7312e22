import type { SwapStore } from '../ports.ts';
import { Watchers } from './watchers.ts';

/** A store in memory: for tests, and for a mesh of one process. */
export class MemoryStore implements SwapStore {
  readonly #values = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #watchers = new Watchers();

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#values.get(key)?.slice();
  }

  async put(key: string, value: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#values.set(key, value.slice());
    this.#watchers.notify(key);
  }

  async delete(key: string): Promise<void> {
    if (this.#values.delete(key)) this.#watchers.notify(key);
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async swap(
    key: string,
    previous: Uint8Array<ArrayBuffer> | undefined,
    next: Uint8Array<ArrayBuffer>,
  ): Promise<boolean> {
    const current = this.#values.get(key);
    if (!isSame(current, previous)) return false;
    await this.put(key, next);
    return true;
  }

  watch(onChange: (key?: string) => void): () => void {
    return this.#watchers.add(onChange);
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
