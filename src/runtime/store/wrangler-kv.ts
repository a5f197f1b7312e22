import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';

export interface WranglerKvOptions {
  /** The wrangler.toml that declares the binding. */
  readonly config: string;
  /** Absent = `WEFT_CONFIG`. */
  readonly binding?: string;
  /** Write to workerd's local state instead of Cloudflare's: the folder that `wrangler dev --persist-to` has. */
  readonly persistTo?: string;
  /** Node 22 or newer. Absent = the running executable. */
  readonly node?: string;
}

/** A value to write. */
export interface KvEntry {
  readonly key: string;
  readonly value: Uint8Array<ArrayBuffer>;
}

/** Fills a KV namespace through `wrangler kv bulk`, for publishers outside of Cloudflare. */
export class WranglerKv {
  readonly #options: WranglerKvOptions;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: WranglerKvOptions) {
    this.#options = options;
  }

  /** Writes all entries in one call of wrangler, after the calls before it. Rejects with the end of its stderr. */
  putAll(entries: readonly KvEntry[]): Promise<void> {
    return this.#bulk('put', entries.map(bulkEntry));
  }

  /** Removes values in the same way; keys that are not there do not matter. */
  deleteAll(keys: readonly string[]): Promise<void> {
    return this.#bulk('delete', keys);
  }

  #bulk(action: 'put' | 'delete', items: readonly unknown[]): Promise<void> {
    const turn = this.#tail.then(() => this.#run(action, items));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async #run(action: 'put' | 'delete', items: readonly unknown[]): Promise<void> {
    if (items.length === 0) return;
    // mkdtemp makes the folder with mode 0700.
    const folder = await mkdtemp(join(tmpdir(), 'weft-kv-'));
    try {
      const file = join(folder, 'entries.json');
      await writeFile(file, JSON.stringify(items), { mode: 0o600 });
      await run(this.#options.node ?? process.execPath, this.#arguments(action, file));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #arguments(action: 'put' | 'delete', file: string): string[] {
    const { binding = 'WEFT_CONFIG', config, persistTo } = this.#options;
    const place = persistTo === undefined ? ['--remote'] : ['--local', '--persist-to', persistTo];
    const asked = action === 'delete' ? ['--force'] : [];
    const target = ['--binding', binding, '--config', config, ...place];
    return [wranglerScript(), 'kv', 'bulk', action, file, ...asked, ...target];
  }
}

/** One item of the file that `wrangler kv bulk put` reads. */
interface BulkEntry {
  readonly key: string;
  readonly value: string;
  readonly base64?: true;
}

const STDERR_KEPT = 4096;
const TIMEOUT_MS = 120_000;

function bulkEntry({ key, value }: KvEntry): BulkEntry {
  try {
    return { key, value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value) };
  } catch {
    return { key, value: Buffer.from(value).toString('base64'), base64: true };
  }
}

function wranglerScript(): string {
  const main = createRequire(import.meta.url).resolve('wrangler');
  return join(dirname(main), '..', 'bin', 'wrangler.js');
}

function run(node: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', CI: '1' };
    const child = spawn(node, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
    let output = '';
    const keep = (chunk: unknown): void => {
      output = (output + String(chunk)).slice(-STDERR_KEPT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`wrangler kv bulk ended with ${code ?? signal}: ${output.trim()}`));
    });
  });
}
