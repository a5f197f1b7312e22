/** How many connections may be open at one time, in all and from one address. */
export class ConnectionQuota {
  readonly #total: number;
  readonly #perAddress: number;
  readonly #open = new Map<string, number>();
  #count = 0;

  constructor(total: number, perAddress: number) {
    this.#total = total;
    this.#perAddress = perAddress;
  }

  /** Counts one in; false, and not counted, when there are enough. */
  enter(address: string): boolean {
    const open = this.#open.get(address) ?? 0;
    if (this.#count >= this.#total || open >= this.#perAddress) return false;
    this.#count++;
    this.#open.set(address, open + 1);
    return true;
  }

  /** One that was counted in is over. */
  leave(address: string): void {
    const open = this.#open.get(address) ?? 0;
    this.#count--;
    if (open > 1) this.#open.set(address, open - 1);
    else this.#open.delete(address);
  }
}
