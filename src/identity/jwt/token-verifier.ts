import { gateJws } from './jws-gate.ts';
import { ownText } from './own-text.ts';
import type { TokenKeys } from './remote-keys.ts';
import { TokenCache } from './token-cache.ts';
import { claimsRefusal, readClaims, type TokenClaims, usableTimes } from './token-claims.ts';
import type { KeyLease, TokenDemands, TokenRefusal, TokenVerdict, VerifiedToken } from './token-verdict.ts';
import { signatureRefusal } from './verify-jws.ts';

/** Judges the tokens of one rule, and remembers those it verified. */
export class TokenVerifier {
  readonly #demands: TokenDemands;
  readonly #keys: TokenKeys;
  readonly #cache = new TokenCache();

  constructor(demands: TokenDemands, keys: TokenKeys) {
    this.#demands = demands;
    this.#keys = keys;
  }

  /** What is known of a token without work; `now` in ms. */
  known(token: string, now: number): VerifiedToken | undefined {
    return this.#cache.get(token, now);
  }

  /** Judges a token. Never rejects. What can be refused without keys costs none. */
  async judge(token: string, now: number): Promise<TokenVerdict> {
    const jws = gateJws(token);
    if (typeof jws === 'string') return refused(jws);
    const claims = readClaims(jws.payload, this.#demands.spaceDelimitedClaims);
    if (typeof claims === 'string') return refused(claims);
    const refusal = claimsRefusal(claims, this.#demands, now);
    if (refusal !== undefined) return refused(refusal);
    const keys = await this.#keys.keys((set) => set.candidates(jws.alg, jws.kid).length > 0);
    const lease = this.#keys.lease(now);
    if (keys === undefined || lease === undefined) return refused('keys_unavailable');
    const wrong = await signatureRefusal(jws, keys);
    if (wrong !== undefined) return refused(wrong);
    const verdict = verified(claims, ownText(token), lease);
    this.#cache.set(verdict);
    return verdict;
  }
}

function verified(claims: TokenClaims, token: string, lease: KeyLease): VerifiedToken {
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'));
  return { kind: 'verified', auth: claims.auth, token, payload, ...usableTimes(claims), lease };
}

function refused(reason: TokenRefusal): TokenVerdict {
  return { kind: 'refused', reason };
}
