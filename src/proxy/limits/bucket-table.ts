import type { TokenRate, TokenTake } from '../../runtime/ports.ts';
import { takeToken } from './token-bucket.ts';

/** When a bucket is full that nobody took from. */
const FULL = Number.NEGATIVE_INFINITY;

/** Buckets by key, within bounds: the least recently used go first, and begin full when they come back. */
export class BucketTable {
  readonly #rate: TokenRate;
  readonly #maxKeys: number;
  readonly #maxLength: number;
  /** When each is full; the least recently used first. */
  readonly #fullAt = new Map<string, number>();
  #length = 0;

  /** `maxLength` bounds the lengths of all keys together. */
  constructor(rate: TokenRate, maxKeys = 10_000, maxLength = 4_000_000) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
    this.#maxLength = maxLength;
  }

  /** Keys at hand. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** `now` is ms of a clock that does not step. */
  take(key: string, now: number): TokenTake {
    const known = this.#fullAt.get(key);
    const taken = takeToken(known ?? FULL, now, this.#rate);
    if (known !== undefined) this.#fullAt.delete(key);
    else this.#length += key.length;
    this.#fullAt.set(key, taken.fullAt);
    if (known === undefined) this.#evict();
    return taken;
  }

  #evict(): void {
    for (const key of this.#fullAt.keys()) {
      if (this.#fullAt.size <= this.#maxKeys && this.#length <= this.#maxLength) return;
      this.#fullAt.delete(key);
      this.#length -= key.length;
    }
  }
}
