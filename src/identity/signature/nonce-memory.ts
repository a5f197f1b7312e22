/** Where a signature's nonce is used up. Any answer but `fresh` refuses the request. */
export interface NonceStore {
  /** `expires` in whole seconds since the epoch; `now` too. `owner` is whose share of the room it takes. */
  use(nonce: string, expires: number, now: number, owner: string): NonceVerdict | Promise<NonceVerdict>;
}

export type NonceVerdict = 'fresh' | 'used' | 'full';

interface Bucket {
  readonly nonces: Set<string>;
  readonly owners: Map<string, number>;
}

/**
 * Nonces of one process, in a bucket for every second at which they expire: a bucket is forgotten as a whole. When the
 * room is full what is new is refused; nobody takes more than half of it.
 */
export class NonceMemory implements NonceStore {
  readonly #capacity: number;
  readonly #buckets = new Map<number, Bucket>();
  readonly #owners = new Map<string, number>();
  #size = 0;
  #swept = 0;

  constructor(capacity = 1_000_000) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  use(nonce: string, expires: number, now: number, owner: string): NonceVerdict {
    if (now > this.#swept) this.#sweep(now);
    const bucket = this.#bucket(expires);
    if (bucket.nonces.has(nonce)) return 'used';
    const share = this.#owners.get(owner) ?? 0;
    if (this.#size >= this.#capacity || share * 2 >= this.#capacity) return 'full';
    bucket.nonces.add(nonce);
    bucket.owners.set(owner, (bucket.owners.get(owner) ?? 0) + 1);
    this.#owners.set(owner, share + 1);
    this.#size++;
    return 'fresh';
  }

  #bucket(expires: number): Bucket {
    let bucket = this.#buckets.get(expires);
    if (bucket === undefined) {
      bucket = { nonces: new Set(), owners: new Map() };
      this.#buckets.set(expires, bucket);
    }
    return bucket;
  }

  /** Once a second at most. There are no more buckets than seconds that a signature may live. */
  #sweep(now: number): void {
    this.#swept = now;
    for (const [expires, { nonces, owners }] of this.#buckets) {
      if (expires >= now) continue;
      this.#buckets.delete(expires);
      this.#size -= nonces.size;
      for (const [owner, count] of owners) this.#release(owner, count);
    }
  }

  #release(owner: string, count: number): void {
    const left = (this.#owners.get(owner) ?? 0) - count;
    if (left > 0) this.#owners.set(owner, left);
    else this.#owners.delete(owner);
  }
}
