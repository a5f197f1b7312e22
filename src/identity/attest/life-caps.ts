import type { Store } from '../../runtime/ports.ts';
import { type Read, record, whole } from '../json-shape.ts';
import { MAX_RE_ATTESTATION_WINDOW_MS } from './re-attestor.ts';

const KEYS = 'life-cap/';

const shape = record({ capMs: whole, until: whole });

/** Longest lives that a first attestation allowed, by serial number: what follows a certificate must not outgrow it. */
export class LifeCaps {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Keeps the cap of a certificate that ends at `notAfter`, for as long as something may follow it; ms. */
  async keep(serial: string, capMs: number, notAfter: number): Promise<void> {
    const text = JSON.stringify({ capMs, until: notAfter + MAX_RE_ATTESTATION_WINDOW_MS });
    await this.#store.put(KEYS + serial, new TextEncoder().encode(text));
  }

  /** Undefined where there was none. Rejects on one that cannot be read: it may have been less than any other. */
  async of(serial: string): Promise<number | undefined> {
    const stored = await this.#store.get(KEYS + serial);
    return stored === undefined ? undefined : decode(stored).capMs;
  }

  /** Forgets those that nothing can follow any more; `now` in ms. */
  async sweep(now: number): Promise<void> {
    for (const key of await this.#store.list(KEYS)) {
      const stored = await this.#store.get(key);
      if (stored !== undefined && now > decode(stored).until) await this.#store.delete(key);
    }
  }
}

function decode(stored: Uint8Array): Read<typeof shape> {
  return shape(JSON.parse(new TextDecoder().decode(stored)), 'life cap');
}
