/** What one peer may cost us for nothing: a burst, and then so much a second. Of resets unless told (CVE-2023-44487). */
export class ResetBudget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at = 0;

  constructor(burst = 100, perSecond = 50) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /** Takes so much at `now` (ms); false when that was too much. */
  spend(now: number, amount = 1): boolean {
    const earned = ((now - this.#at) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#burst, this.#left + earned) - amount;
    this.#at = now;
    return this.#left >= 0;
  }
}
