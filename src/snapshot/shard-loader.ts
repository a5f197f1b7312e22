import type { Clock, ReadStore } from '../runtime/ports.ts';
import { type ReadShard, readShard } from './read-publication.ts';
import type { ShardMap } from './shard-index.ts';
import { SnapshotError } from './snapshot-error.ts';

/** Whoever waits for another's read does so no longer, ms: on Workers its request may be gone, and the read with it. */
const patienceMs = 1000;

/** Reads shards, each once at a time. */
export class ShardLoader {
  readonly #store: ReadStore;
  readonly #kept: ReadStore | undefined;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #reading = new Map<string, Promise<ReadShard>>();

  /** `kept` is asked when the store fails, and believed as little. */
  constructor(store: ReadStore, kept: ReadStore | undefined, clock: Pick<Clock, 'sleep'>) {
    this.#store = store;
    this.#kept = kept;
    this.#clock = clock;
  }

  /** Throws SnapshotError. */
  async load(shards: ShardMap, number: number): Promise<ReadShard> {
    const address = shards.address(number);
    const reading = this.#reading.get(address);
    const read = reading && (await this.#await(reading));
    return read ?? this.#start(shards, number, address);
  }

  /** Undefined when the patience is over. */
  async #await(reading: Promise<ReadShard>): Promise<ReadShard | undefined> {
    const waited = new AbortController();
    const patience = this.#clock.sleep(patienceMs, waited.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([reading, patience]);
    } finally {
      waited.abort();
    }
  }

  async #start(shards: ShardMap, number: number, address: string): Promise<ReadShard> {
    const reading = this.#read(shards, number);
    this.#reading.set(address, reading);
    try {
      return await reading;
    } finally {
      if (this.#reading.get(address) === reading) this.#reading.delete(address);
    }
  }

  async #read(shards: ShardMap, number: number): Promise<ReadShard> {
    try {
      return await readShard(this.#store, shards, number);
    } catch (error) {
      const kept = this.#kept && (await readShard(this.#kept, shards, number).catch(() => undefined));
      if (kept === undefined || !(error instanceof SnapshotError)) throw error;
      return kept;
    }
  }
}
