/** So many certificates are made at a time, and so many more wait for their turn. */
const MAX_IN_FLIGHT = 8;
const MAX_WAITING = 64;

/** Too many ask at once: come back in `retryAfterS` seconds. */
export class IssuanceBusy extends Error {
  override readonly name = 'IssuanceBusy';
  readonly retryAfterS = 1;
}

/** What the gate has seen. */
export interface IssuanceLoad {
  readonly inFlight: number;
  readonly waiting: number;
  /** Since the start: the most at a time, and those that were sent away. */
  readonly mostInFlight: number;
  readonly refused: number;
}

/** Bounds how many certificates are made at a time: signing must not starve the rest of control. */
export class IssuanceGate {
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  #mostInFlight = 0;
  #refused = 0;

  get load(): IssuanceLoad {
    const [inFlight, waiting] = [this.#inFlight, this.#waiting.length];
    return { inFlight, waiting, mostInFlight: this.#mostInFlight, refused: this.#refused };
  }

  /** Runs a task in its turn. Throws IssuanceBusy when too many wait. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      if (this.#waiting.length >= MAX_WAITING) {
        this.#refused++;
        throw new IssuanceBusy('too many certificates are asked for at once');
      }
      // Whoever leaves hands its place over.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return;
    }
    this.#inFlight++;
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#inFlight);
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#inFlight--;
  }
}
