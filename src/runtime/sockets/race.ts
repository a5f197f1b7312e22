import type { Cancellation } from '../ports.ts';
/** Starts one attempt; the signal abandons it. */
export type Start<C, T> = (candidate: C, signal: AbortSignal) => Promise<T>;

/** RFC 8305 §5: the Connection Attempt Delay. */
export const STAGGER_MS = 250;

/**
 * Starts attempts one after another, the next when one failed or `staggerMs` after the last began; the first to
 * succeed wins, the others are abandoned, and a winner that comes too late is discarded. Rejects with the errors
 * of all, in an AggregateError, or with what abandoned the race.
 */
export function race<C, T>(
  candidates: readonly C[],
  start: Start<C, T>,
  discard: (late: T) => void,
  signal: Cancellation | undefined,
  staggerMs: number = STAGGER_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    new Race(candidates, start, discard, signal, staggerMs, resolve, reject).run();
  });
}

class Race<C, T> {
  readonly #candidates: readonly C[];
  readonly #start: Start<C, T>;
  readonly #discard: (late: T) => void;
  readonly #signal: Cancellation | undefined;
  readonly #staggerMs: number;
  readonly #resolve: (winner: T) => void;
  readonly #reject: (error: unknown) => void;
  readonly #losers = new AbortController();
  readonly #errors: unknown[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started = 0;
  #over = false;

  constructor(
    candidates: readonly C[],
    start: Start<C, T>,
    discard: (late: T) => void,
    signal: Cancellation | undefined,
    staggerMs: number,
    resolve: (winner: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#candidates = candidates;
    this.#start = start;
    this.#discard = discard;
    this.#signal = signal;
    this.#staggerMs = staggerMs;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  run(): void {
    if (this.#signal?.aborted) this.#abandon();
    else {
      this.#signal?.addEventListener('abort', this.#abandon);
      this.#next();
    }
  }

  readonly #abandon = (): void => {
    if (this.#finish()) this.#reject(this.#signal?.reason);
  };

  #next(): void {
    clearTimeout(this.#timer);
    const at = this.#started;
    if (at >= this.#candidates.length) return;
    this.#started++;
    this.#timer = setTimeout(() => this.#next(), this.#staggerMs);
    this.#start(this.#candidates[at] as C, this.#losers.signal).then(
      (result) => this.#succeeded(result),
      (error: unknown) => this.#failed(error),
    );
  }

  #succeeded(result: T): void {
    if (this.#finish()) this.#resolve(result);
    else this.#discard(result);
  }

  #failed(error: unknown): void {
    if (this.#over) return;
    this.#errors.push(error);
    if (this.#errors.length < this.#candidates.length) this.#next();
    else if (this.#finish()) this.#reject(new AggregateError(this.#errors, 'every attempt failed'));
  }

  /** False when it was over before. */
  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abandon);
    this.#losers.abort();
    return true;
  }
}
