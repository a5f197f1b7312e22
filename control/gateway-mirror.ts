import type { Clock, Log } from '../src/runtime/ports.ts';
import { Exclusive } from './exclusive.ts';

/** One value of the store. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array<ArrayBuffer>;
}

/** Writes many values to the gateway's KV in one call. */
export interface BulkWriter {
  putAll(entries: readonly Entry[]): Promise<void>;
  /** Absent where values cannot be removed. */
  deleteAll?(keys: readonly string[]): Promise<void>;
  /** Ends what the writer runs on. */
  close?(): Promise<void>;
}

/** What failed is tried again after this long, ms. */
const retryMs = 1000;

/** Copies what the gateway reads into its KV. Batches keep their order; a pointer comes in a call of its own. */
export class GatewayMirror {
  readonly #writer: BulkWriter | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #calls = new Exclusive();
  readonly #closed = new AbortController();
  /** What waits for the next call. */
  readonly #later = new Map<string, Entry>();
  /** The last entry of each key that is not known to be written: only that one may be written again. */
  readonly #latest = new Map<string, Entry>();

  /** Without a writer (no gateway of this mesh reads KV) nothing is copied. */
  constructor(writer: BulkWriter | undefined, clock: Clock, log: Log) {
    this.#writer = writer;
    this.#clock = clock;
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

  /** Removes values after what is being written; rejects when that fails. */
  async remove(keys: readonly string[]): Promise<void> {
    await this.#calls.run(async () => this.#writer?.deleteAll?.(keys));
  }

  /** Writes entries soon, together with what comes meanwhile; a failure is logged and tried again. */
  putLater(entries: readonly Entry[]): void {
    for (const entry of entries) this.#latest.set(entry.key, entry);
    this.#enqueue(entries);
  }

  /** Resolves when everything that was handed over before has been written, or has failed once. */
  settled(): Promise<void> {
    return this.#calls.run(async () => undefined);
  }

  /** Waits for what is being written, then closes the writer. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.settled();
    await this.#writer?.close?.();
  }

  #enqueue(entries: readonly Entry[]): void {
    const idle = this.#later.size === 0;
    for (const entry of entries) this.#later.set(entry.key, entry);
    if (idle && entries.length > 0) void this.#flush();
  }

  async #flush(): Promise<void> {
    const writer = this.#writer;
    if (!writer) {
      this.#later.clear();
      this.#latest.clear();
      return;
    }
    await this.#calls.run(async () => {
      const batch = [...this.#later.values()];
      this.#later.clear();
      await writer.putAll(batch).then(
        () => this.#written(batch),
        (error: unknown) => void this.#retry(batch, error),
      );
    });
  }

  #written(batch: readonly Entry[]): void {
    for (const entry of this.#current(batch)) this.#latest.delete(entry.key);
  }

  async #retry(batch: readonly Entry[], error: unknown): Promise<void> {
    this.#log.warn('gateway store not written', { error: String(error), keys: batch.length });
    await this.#clock.sleep(retryMs, this.#closed.signal).catch(() => undefined);
    // What was handed over while this waited is newer, be it written by now or not.
    if (!this.#closed.signal.aborted) this.#enqueue(this.#current(batch));
  }

  #current(batch: readonly Entry[]): Entry[] {
    return batch.filter((entry) => this.#latest.get(entry.key) === entry);
  }
}
