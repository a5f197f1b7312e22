import type { Store } from '../ports.ts';

/** What Weft uses of a Workers KV binding. */
export interface KVNamespace {
  get(
    key: string,
    options: { readonly type: 'arrayBuffer'; readonly cacheTtl?: number },
  ): Promise<ArrayBuffer | null>;
  put(key: string, value: Uint8Array<ArrayBuffer>): Promise<void>;
  delete(key: string): Promise<void>;
  list(options: { readonly prefix: string; readonly cursor?: string }): Promise<KVPage>;
}

export interface KVPage {
  readonly keys: readonly { readonly name: string }[];
  readonly list_complete: boolean;
  readonly cursor?: string;
}

export interface KvStoreOptions {
  /** Seconds for which a location may answer from its cache, absence included. Absent = the platform's 60. */
  readonly cacheTtl?: number;
}

/** Workers KV: eventually consistent (about a minute), no compare-and-swap, no watch. */
export class KvStore implements Store {
  readonly #namespace: KVNamespace;
  readonly #read: { readonly type: 'arrayBuffer'; readonly cacheTtl?: number };

  constructor(namespace: KVNamespace, options: KvStoreOptions = {}) {
    this.#namespace = namespace;
    const { cacheTtl } = options;
    this.#read = cacheTtl === undefined ? { type: 'arrayBuffer' } : { type: 'arrayBuffer', cacheTtl };
  }

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const value = await this.#namespace.get(key, this.#read);
    return value === null ? undefined : new Uint8Array(value);
  }

  async put(key: string, value: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#namespace.put(key, value);
  }

  async delete(key: string): Promise<void> {
    await this.#namespace.delete(key);
  }

  async list(prefix: string): Promise<string[]> {
    const names: string[] = [];
    let page = await this.#namespace.list({ prefix });
    for (;;) {
      for (const { name } of page.keys) names.push(name);
      if (page.list_complete || page.cursor === undefined) return names.sort();
      page = await this.#namespace.list({ prefix, cursor: page.cursor });
    }
  }
}
