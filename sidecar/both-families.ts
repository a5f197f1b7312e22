import type { Bundle, Svid } from '../src/identity/svid.ts';
import type { Listening } from '../src/runtime/sockets/listener.ts';

/** The same port of 127.0.0.1 and ::1 as one: redirected connections arrive at the one of their family. */
export class BothFamilies implements Listening {
  readonly #ipv4: Listening;
  readonly #all: readonly Listening[];

  /** `ipv6` is undefined on a machine without it. */
  constructor(ipv4: Listening, ipv6: Listening | undefined) {
    this.#ipv4 = ipv4;
    this.#all = ipv6 === undefined ? [ipv4] : [ipv4, ipv6];
  }

  get address(): string {
    return this.#ipv4.address;
  }

  get port(): number {
    return this.#ipv4.port;
  }

  get connections(): number {
    return this.#all.reduce((sum, { connections }) => sum + connections, 0);
  }

  get arrivals(): number {
    return this.#all.reduce((sum, { arrivals }) => sum + arrivals, 0);
  }

  get refused(): number {
    return this.#all.reduce((sum, { refused }) => sum + refused, 0);
  }

  setIdentity(svid: Svid, bundle: Bundle): void {
    for (const one of this.#all) one.setIdentity(svid, bundle);
  }

  recheck(): void {
    for (const one of this.#all) one.recheck();
  }

  retire(): void {
    for (const one of this.#all) one.retire();
  }

  async drain(ms: number): Promise<void> {
    await Promise.all(this.#all.map((one) => one.drain(ms)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.close()));
  }
}
