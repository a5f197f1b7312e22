import type { Svid } from './svid.ts';

/** Where listeners and connectors get the SVID of this moment; they never keep a copy. */
export interface SvidSource {
  current(): Svid | undefined;
  /** Calls back after every change of the SVID, or of the roots beside it; returns how to stop. */
  onChange(callback: (svid: Svid) => void): () => void;
}

/** An SVID that is replaced when it is renewed. */
export class SvidHolder implements SvidSource {
  #svid: Svid | undefined;
  readonly #callbacks = new Set<(svid: Svid) => void>();

  current(): Svid | undefined {
    return this.#svid;
  }

  onChange(callback: (svid: Svid) => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  set(svid: Svid): void {
    this.#svid = svid;
    for (const callback of this.#callbacks) callback(svid);
  }
}

/**
 * When to renew: half life ± 5 % of the life, milliseconds since the epoch; `draw` is uniform in [0, 1). Leaves are
 * back-dated by 2 minutes: for a life of minutes, give the time of receipt as `notBefore`.
 */
export function renewalTime(notBefore: number, notAfter: number, draw: number): number {
  return notBefore + (notAfter - notBefore) * (0.5 + (draw * 2 - 1) * 0.05);
}
