import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KVNamespace } from './kv.ts';

export interface LocalKvOptions {
  /** The wrangler.toml that declares the binding. */
  readonly config: string;
  /** Absent = `WEFT_CONFIG`. */
  readonly binding?: string;
  /** The folder that `wrangler dev --persist-to` has. */
  readonly persistTo: string;
}

/** Fills the local KV of a gateway under `wrangler dev` through the binding itself, in a workerd of its own. */
export class LocalKv {
  readonly #options: LocalKvOptions;
  #platform: Promise<Platform> | undefined;

  constructor(options: LocalKvOptions) {
    this.#options = options;
  }

  /** Writes all entries; visible to the running gateway once this resolves. The first call starts workerd. */
  async putAll(
    entries: readonly { readonly key: string; readonly value: Uint8Array<ArrayBuffer> }[],
  ): Promise<void> {
    const { namespace } = await this.#start();
    await Promise.all(entries.map(({ key, value }) => namespace.put(key, value)));
  }

  /** Removes values; keys that are not there do not matter. */
  async deleteAll(keys: readonly string[]): Promise<void> {
    const { namespace } = await this.#start();
    await Promise.all(keys.map((key) => namespace.delete(key)));
  }

  /** One workerd for all calls; after a start that failed the next call tries again. */
  #start(): Promise<Platform> {
    this.#platform ??= open(this.#options).catch((error: unknown) => {
      this.#platform = undefined;
      throw error;
    });
    return this.#platform;
  }

  /** Stops workerd. */
  async close(): Promise<void> {
    const platform = this.#platform;
    this.#platform = undefined;
    await (await platform)?.dispose();
  }
}

interface Platform {
  readonly namespace: KVNamespace;
  dispose(): Promise<void>;
}

async function open({ config, binding = 'WEFT_CONFIG', persistTo }: LocalKvOptions): Promise<Platform> {
  // Loaded late: it is large, and only a publisher beside a local gateway needs it.
  const { getPlatformProxy, unstable_readConfig: readConfig } = await import('wrangler');
  const declared = readConfig({ config }, { hideWarnings: true }).kv_namespaces;
  const proxy = await getPlatformProxy<Record<string, KVNamespace>>({
    configPath: kvOnly(declared, persistTo),
    // `wrangler dev` keeps its state in this folder below the one that it is given.
    persist: { path: `${persistTo}/v3` },
    envFiles: [],
    remoteBindings: false,
  });
  const namespace = proxy.env[binding];
  if (namespace === undefined) throw new Error(`${config} declares no KV namespace ${binding}`);
  return { namespace, dispose: () => proxy.dispose() };
}

/** Writes a configuration with the KV alone: Durable Objects belong to the Worker, which does not run in this workerd. */
function kvOnly(namespaces: readonly unknown[], folder: string): string {
  const file = join(folder, 'kv-only.json');
  const config = { name: 'weft-kv', compatibility_date: '2026-11-01', kv_namespaces: namespaces };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(config));
  return file;
}
