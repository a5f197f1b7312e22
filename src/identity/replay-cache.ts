interface Use {
  readonly expires: number;
  readonly subject: string | undefined;
}

/** Remembers what was used until it expires; when full it refuses what is new rather than forget. */
export class ReplayCache {
  readonly #capacity: number;
  readonly #quota: number;
  readonly #uses = new Map<string, Use>();
  /** Entries of each subject. */
  readonly #shares = new Map<string, number>();

  /** `quota` is what one subject may take of the capacity, so that none can shut the others out. */
  constructor(capacity = 100_000, quota = capacity / 5) {
    this.#capacity = capacity;
    this.#quota = quota;
  }

  /** True once for a key until `expires` (milliseconds); false for one in use and when there is no room. */
  use(key: string, expires: number, now: number, subject?: string): boolean {
    this.#forget(now);
    const seen = this.#uses.get(key);
    if (seen !== undefined && seen.expires >= now) return false;
    if (seen !== undefined) this.#delete(key, seen);
    if (this.#uses.size >= this.#capacity) return false;
    if (subject !== undefined && (this.#shares.get(subject) ?? 0) >= this.#quota) return false;
    this.#uses.set(key, { expires, subject });
    if (subject !== undefined) this.#shares.set(subject, (this.#shares.get(subject) ?? 0) + 1);
    return true;
  }

  get size(): number {
    return this.#uses.size;
  }

  /** Lives are about equal, so the oldest entries expire first and a look at the front is enough. */
  #forget(now: number): void {
    for (const [key, use] of this.#uses) {
      if (use.expires >= now) return;
      this.#delete(key, use);
    }
  }

  #delete(key: string, { subject }: Use): void {
    this.#uses.delete(key);
    if (subject === undefined) return;
    const left = (this.#shares.get(subject) ?? 0) - 1;
    if (left > 0) this.#shares.set(subject, left);
    else this.#shares.delete(subject);
  }
}
