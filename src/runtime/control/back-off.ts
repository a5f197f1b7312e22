import type { Random } from '../ports.ts';

/** Pauses before further tries, ms: each ceiling twice the one before, the pause somewhere in its upper half. */
export class BackOff {
  readonly #random: Random;
  readonly #first: number;
  readonly #longest: number;
  #ceiling: number;

  constructor(random: Random, first: number, longest: number) {
    this.#random = random;
    this.#first = first;
    this.#longest = longest;
    this.#ceiling = first;
  }

  next(): number {
    const ceiling = this.#ceiling;
    this.#ceiling = Math.min(ceiling * 2, this.#longest);
    return ceiling * (0.5 + this.#random.unit() / 2);
  }

  /** What was tried has succeeded. */
  reset(): void {
    this.#ceiling = this.#first;
  }
}
