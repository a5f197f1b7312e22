/** Remembers what was used until it expires; when full it refuses what is new rather than forget. */
export class ReplayCache {
  readonly #capacity: number;
  readonly #expiries = new Map<string, number>();

  constructor(capacity = 100_000) {
    this.#capacity = capacity;
  }

  /** True once for a key until `expires` (milliseconds); false for one in use and when there is no room. */
  use(key: string, expires: number, now: number): boolean {
    this.#forget(now);
    const seen = this.#expiries.get(key);
    if (seen !== undefined && seen >= now) return false;
    if (this.#expiries.size >= this.#capacity) return false;
    this.#expiries.delete(key);
    this.#expiries.set(key, expires);
    return true;
  }

  get size(): number {
    return this.#expiries.size;
  }

  /** Lives are about equal, so the oldest entries expire first and a look at the front is enough. */
  #forget(now: number): void {
    for (const [key, expires] of this.#expiries) {
      if (expires >= now) return;
      this.#expiries.delete(key);
    }
  }
}
