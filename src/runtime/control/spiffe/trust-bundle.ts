import type { KeySet } from '../../../identity/jwt/key-set.ts';
import { BUNDLE_PATH } from '../../../identity/jwt-svid/paths.ts';
import { jwtSvidKeys } from '../../../identity/jwt-svid/spiffe-bundle.ts';
import type { Clock } from '../../ports.ts';
import type { ControlConnection } from '../control-connection.ts';

/** As long as `spiffe_refresh_hint`, ms. */
const FRESH_MS = 300_000;

/** A trust domain's bundle: SPIFFE's document, and the keys in it that verify JWT-SVIDs. */
export interface TrustBundle {
  readonly document: string;
  readonly keys: KeySet;
}

/** The bundle as control publishes it; the last that was had stands while control is away. */
export class TrustBundleSource {
  readonly #control: Pick<ControlConnection, 'call'>;
  readonly #clock: Pick<Clock, 'now'>;
  #held: (TrustBundle & { readonly from: number }) | undefined;

  constructor(control: Pick<ControlConnection, 'call'>, clock: Pick<Clock, 'now'>) {
    this.#control = control;
    this.#clock = clock;
  }

  /** Rejects where none was ever had. */
  async get(): Promise<TrustBundle> {
    const now = this.#clock.now();
    const held = this.#held;
    if (held !== undefined && now - held.from < FRESH_MS) return held;
    try {
      const answer = await this.#control.call({ method: 'GET', path: BUNDLE_PATH });
      const document = new TextDecoder('utf-8', { fatal: true }).decode(answer);
      this.#held = { document, keys: jwtSvidKeys(document), from: now };
      return this.#held;
    } catch (error) {
      if (held !== undefined) return held;
      throw error;
    }
  }

  /** The next to ask gets what control says then. */
  forget(): void {
    if (this.#held !== undefined) this.#held = { ...this.#held, from: Number.NEGATIVE_INFINITY };
  }
}
