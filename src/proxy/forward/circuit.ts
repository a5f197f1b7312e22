import type { Cancellation } from '../../runtime/ports.ts';
import type { CircuitLimits } from '../../snapshot/cluster.ts';

/** What became of asking for a place: `in` must be left again, `overflow` is refused, `gone` gave up waiting. */
export type Admission = 'in' | 'overflow' | 'gone';

const UNLIMITED = Number.POSITIVE_INFINITY;

/** What one proxy has under way to one cluster, against the limits of its connectionPool; outlives snapshots. */
export class Circuit {
  #limits: CircuitLimits;
  #active = 0;
  #retries = 0;
  readonly #waiting: Waiter[] = [];

  constructor(limits: CircuitLimits) {
    this.#limits = limits;
  }

  /** Requests or connections that are in. */
  get active(): number {
    return this.#active;
  }

  /** Requests that wait to get in. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** New limits count from now on; what is in stays in. */
  set limits(limits: CircuitLimits) {
    this.#limits = limits;
    while (this.#waiting.length > 0 && this.#hasRoom()) this.#next();
  }

  /** A place for a request that shares its connection with others (HTTP/2): only `maxRequests` counts. */
  enterShared(): boolean {
    if (this.#active >= (this.#limits.maxRequests ?? UNLIMITED)) return false;
    this.#active++;
    return true;
  }

  /** A place for a request or connection that has a connection for itself; false = full. */
  enter(): boolean {
    if (!this.#hasRoom()) return false;
    this.#active++;
    return true;
  }

  /** Waits for such a place within `maxPendingRequests`. Beyond `maxRequests` nothing waits, as in Envoy. */
  wait(signal: Cancellation | undefined): Promise<Admission> {
    const { maxRequests = UNLIMITED, maxPendingRequests = UNLIMITED } = this.#limits;
    const full = this.#active >= maxRequests || this.#waiting.length >= maxPendingRequests;
    if (full) return Promise.resolve('overflow');
    if (signal?.aborted) return Promise.resolve('gone');
    return new Promise((resolve) => this.#waiting.push(this.#waiter(resolve, signal)));
  }

  /** Gives a place back. */
  leave(): void {
    this.#active--;
    if (this.#waiting.length > 0 && this.#hasRoom()) this.#next();
  }

  /** Whether one more retry may be under way; when true it must end. */
  beginRetry(): boolean {
    if (this.#retries >= (this.#limits.maxRetries ?? UNLIMITED)) return false;
    this.#retries++;
    return true;
  }

  endRetry(): void {
    this.#retries--;
  }

  #hasRoom(): boolean {
    const { maxConnections = UNLIMITED, maxRequests = UNLIMITED } = this.#limits;
    return this.#active < maxConnections && this.#active < maxRequests;
  }

  #next(): void {
    this.#active++;
    this.#waiting.shift()?.admit();
  }

  #waiter(resolve: (admission: Admission) => void, signal: Cancellation | undefined): Waiter {
    const onAbort = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      resolve('gone');
    };
    const waiter: Waiter = {
      admit() {
        signal?.removeEventListener('abort', onAbort);
        resolve('in');
      },
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    return waiter;
  }
}

interface Waiter {
  admit(): void;
}
