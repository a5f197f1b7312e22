const NEVER = Number.POSITIVE_INFINITY;

/** How long one connection is waited for; times are of `performance.now()`, nothing is scheduled. */
export class Patience {
  #deadline = NEVER;
  #stalledSince = NEVER;

  /** Waits `ms` from now. */
  arm(ms: number): void {
    this.#deadline = performance.now() + ms;
  }

  /** Waits without end: it is our turn. */
  disarm(): void {
    this.#deadline = NEVER;
  }

  isOver(now: number): boolean {
    return now >= this.#deadline;
  }

  /** The peer took what it was sent. */
  progressed(): void {
    this.#stalledSince = NEVER;
  }

  /** Whether the peer has been `waiting` to take bytes for longer than `ms`, as seen at every look. */
  isStalled(waiting: boolean, now: number, ms: number): boolean {
    if (!waiting) this.#stalledSince = NEVER;
    else if (this.#stalledSince === NEVER) this.#stalledSince = now;
    return now - this.#stalledSince > ms;
  }
}
