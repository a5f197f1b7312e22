import type { Log } from '../src/runtime/ports.ts';
import { Exclusive } from './exclusive.ts';

/** One value of the store. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array<ArrayBuffer>;
}

/** Writes many values to the gateway's KV in one call. */
export interface BulkWriter {
  putAll(entries: readonly Entry[]): Promise<void>;
  /** Ends what the writer runs on. */
  close?(): Promise<void>;
}

/** Copies what the gateway reads into its KV. Batches keep their order; a pointer comes in a call of its own. */
export class GatewayMirror {
  readonly #writer: BulkWriter | undefined;
  readonly #log: Log;
  readonly #calls = new Exclusive();
  readonly #later = new Map<string, Entry>();

  /** Without a writer (no gateway of this mesh reads KV) nothing is copied. */
  constructor(writer: BulkWriter | undefined, log: Log) {
    this.#writer = writer;
    this.#log = log;
  }

  /** Writes the batches one after another; rejects when one fails, and then later ones are not written. */
  async put(batches: readonly (readonly Entry[])[]): Promise<void> {
    const writer = this.#writer;
    if (!writer) return;
    await this.#calls.run(async () => {
      for (const batch of batches) if (batch.length > 0) await writer.putAll(batch);
    });
  }

  /** Writes entries soon, together with what comes meanwhile; a failure is logged and tried again. */
  putLater(entries: readonly Entry[]): void {
    const idle = this.#later.size === 0;
    for (const entry of entries) this.#later.set(entry.key, entry);
    if (idle) void this.#flush();
  }

  /** Resolves when everything that was handed over before has been written, or has failed once. */
  settled(): Promise<void> {
    return this.#calls.run(async () => undefined);
  }

  /** Waits for what is being written, then closes the writer. */
  async close(): Promise<void> {
    await this.settled();
    await this.#writer?.close?.();
  }

  async #flush(): Promise<void> {
    const writer = this.#writer;
    if (!writer) return this.#later.clear();
    await this.#calls.run(async () => {
      const batch = [...this.#later.values()];
      this.#later.clear();
      await writer.putAll(batch).catch((error: unknown) => this.#retry(batch, error));
    });
  }

  #retry(batch: readonly Entry[], error: unknown): void {
    this.#log.warn('gateway store not written', { error: String(error), keys: batch.length });
    const newer = new Set(this.#later.keys());
    setTimeout(() => this.putLater(batch.filter((entry) => !newer.has(entry.key))), 1000).unref();
  }
}
