/** How many streams one peer may open and reset before they were answered (CVE-2023-44487). */
export class ResetBudget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at = 0;

  constructor(burst = 200, perSecond = 50) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /** Takes one reset at `now` (ms); false when that was one too many. */
  spend(now: number): boolean {
    const earned = ((now - this.#at) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#burst, this.#left + earned) - 1;
    this.#at = now;
    return this.#left >= 0;
  }
}
