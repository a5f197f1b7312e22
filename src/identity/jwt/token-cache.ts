import { stillHolds, type VerifiedToken } from './token-verdict.ts';

const MAX_TOKENS = 2048;
/** UTF-16 units of all tokens together. */
const MAX_SIZE = 2 * 1024 * 1024;

/** Tokens that were verified, by their text; the oldest go when there is no room. Refusals are not kept. */
export class TokenCache {
  readonly #verdicts = new Map<string, VerifiedToken>();
  #size = 0;

  /** The verdict while the keys are believed and the time is right; `now` in ms. */
  get(token: string, now: number): VerifiedToken | undefined {
    const verdict = this.#verdicts.get(token);
    if (verdict === undefined || stillHolds(verdict, now)) return verdict;
    this.#delete(token);
    return undefined;
  }

  set(verdict: VerifiedToken): void {
    const { token } = verdict;
    this.#delete(token);
    this.#verdicts.set(token, verdict);
    this.#size += token.length;
    for (const oldest of this.#verdicts.keys()) {
      if (this.#verdicts.size <= MAX_TOKENS && this.#size <= MAX_SIZE) return;
      this.#delete(oldest);
    }
  }

  get size(): number {
    return this.#verdicts.size;
  }

  #delete(token: string): void {
    if (this.#verdicts.delete(token)) this.#size -= token.length;
  }
}
