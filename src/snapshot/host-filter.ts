/** Bits for each domain, and places set for each: of the hosts that nobody declared 0.82 % pass (in theory). */
const BITS_PER_DOMAIN = 10;
const PLACES = 7;

/** A Bloom filter over the hashes of domains: what it denies is certainly not declared. */
export class HostFilter {
  readonly bytes: Uint8Array;
  readonly #bits: number;

  /** `bytes` is what `build` made, at least one byte. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#bits = bytes.length * 8;
  }

  /** Of pairs of hashes, one pair for each domain. */
  static build(domains: readonly (readonly [first: number, second: number])[]): HostFilter {
    const filter = new HostFilter(
      new Uint8Array(Math.max(1, Math.ceil((domains.length * BITS_PER_DOMAIN) / 8))),
    );
    for (const [first, second] of domains) filter.#add(first, second);
    return filter;
  }

  /** Whether a domain with these hashes may be among them. */
  has(first: number, second: number): boolean {
    let place = second;
    for (let i = 0; i < PLACES; i++) {
      const bit = place % this.#bits;
      if (((this.bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
      place = next(place, first);
    }
    return true;
  }

  #add(first: number, second: number): void {
    let place = second;
    for (let i = 0; i < PLACES; i++) {
      const bit = place % this.#bits;
      this.bytes[bit >>> 3] = (this.bytes[bit >>> 3] ?? 0) | (1 << (bit & 7));
      place = next(place, first);
    }
  }
}

/** Double hashing; the step is odd, so that it never stands still. */
function next(place: number, step: number): number {
  return (place + (step | 1)) >>> 0;
}
