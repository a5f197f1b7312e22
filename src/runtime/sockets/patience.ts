const NEVER = Number.POSITIVE_INFINITY;
/** The next look sets the deadline. */
const AT_NEXT_LOOK = -1;

/**
 * How long one connection is waited for; times are of `performance.now()`, nothing is scheduled. A wait counts
 * from the first look after it began, so that no request pays for reading the clock.
 */
export class Patience {
  #deadline = NEVER;
  #wait = 0;
  #stalledSince = NEVER;

  /** Waits `ms`, and one look longer at most. */
  arm(ms: number): void {
    this.#wait = ms;
    this.#deadline = AT_NEXT_LOOK;
  }

  /** Waits without end: it is our turn. */
  disarm(): void {
    this.#deadline = NEVER;
  }

  isOver(now: number): boolean {
    if (this.#deadline === AT_NEXT_LOOK) this.#deadline = now + this.#wait;
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
