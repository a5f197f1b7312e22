/** How many octets may wait at one time, whoever they are of. */
export class OctetBudget {
  #left: number;

  constructor(octets: number) {
    this.#left = octets;
  }

  /** Whether any more may wait. */
  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** Counts octets that wait from now on, also those that are one too many: they are here already. */
  take(octets: number): void {
    this.#left -= octets;
  }

  giveBack(octets: number): void {
    this.#left += octets;
  }
}
