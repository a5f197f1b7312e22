/** Choices that a seed makes, the same on every machine (mulberry32). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** One of the items; there must be one. */
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.unit() * items.length)] as T;
  }

  /** Up to eight characters that stand unescaped in a host name, a path and a header. */
  word(): string {
    const length = 1 + Math.floor(this.unit() * 8);
    return Array.from({ length }, () => this.pick([...'abcdefghijklmnopqrstuvwxyz0123456789-_'])).join('');
  }
}
