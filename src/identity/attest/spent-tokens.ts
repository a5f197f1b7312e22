import type { Clock, SwapStore } from '../../runtime/ports.ts';
import { hex, sha256 } from '../bytes.ts';

const KEYS = 'spent-token/';

/** Tokens of issuers that were used, each until it expires: across every control that shares the store. */
export class SpentTokens {
  readonly #store: SwapStore;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(store: SwapStore, clock: Pick<Clock, 'now'>) {
    this.#store = store;
    this.#clock = clock;
  }

  /** True for the first of any number of callers; `expires` in ms. */
  async spend(issuer: string, jti: string, expires: number): Promise<boolean> {
    const name = hex(await sha256(new TextEncoder().encode(JSON.stringify([issuer, jti]))));
    return this.#store.swap(KEYS + name, undefined, new TextEncoder().encode(String(Math.ceil(expires))));
  }

  /** Forgets those that have expired. */
  async sweep(): Promise<void> {
    for (const key of await this.#store.list(KEYS)) {
      const stored = await this.#store.get(key);
      const expires = stored === undefined ? 0 : Number(new TextDecoder().decode(stored));
      if (!(this.#clock.now() < expires)) await this.#store.delete(key);
    }
  }
}
