import type { VerifiedToken } from './token-verdict.ts';

interface Entry {
  readonly verdict: VerifiedToken;
  /** Of the keys that verified it. */
  readonly generation: number;
}

const MAX_TOKENS = 2048;
/** UTF-16 units of all tokens together. */
const MAX_SIZE = 2 * 1024 * 1024;

/** Tokens that were verified, by their text; the oldest go when there is no room. Refusals are not kept. */
export class TokenCache {
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  /** The verdict while the keys are the same and the time is right; `now` in ms. */
  get(token: string, generation: number | undefined, now: number): VerifiedToken | undefined {
    const entry = this.#entries.get(token);
    if (entry === undefined) return undefined;
    const { notBefore, expires } = entry.verdict;
    if (entry.generation === generation && now / 1000 >= notBefore && now / 1000 <= expires)
      return entry.verdict;
    this.#delete(token);
    return undefined;
  }

  set(token: string, verdict: VerifiedToken, generation: number): void {
    this.#delete(token);
    this.#entries.set(token, { verdict, generation });
    this.#size += token.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_TOKENS && this.#size <= MAX_SIZE) return;
      this.#delete(oldest);
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  #delete(token: string): void {
    if (this.#entries.delete(token)) this.#size -= token.length;
  }
}
