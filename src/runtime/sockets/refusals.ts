import type { Log } from '../ports.ts';

const EVERY_MS = 1000;

/** Connections that were closed because there are enough; logged, but not one by one. */
export class Refusals {
  readonly #log: Log;
  readonly #port: () => number;
  #count = 0;
  #logged = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  /** `port` tells where, for the log. */
  constructor(log: Log, port: () => number) {
    this.#log = log;
    this.#port = port;
  }

  /** Since the start. */
  get count(): number {
    return this.#count;
  }

  /** One more, from that address; `now` is of `performance.now()`. */
  add(address: string, now: number): void {
    this.#count++;
    if (now - this.#loggedAt < EVERY_MS) return;
    const refused = this.#count - this.#logged;
    this.#logged = this.#count;
    this.#loggedAt = now;
    this.#log.warn('too many connections', { port: this.#port(), address, refused });
  }
}
