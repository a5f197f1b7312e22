import type { TokenKeys } from '../jwt/remote-keys.ts';
import { ownMember } from '../jwt/strict-json.ts';
import type { Claims } from '../jwt/token-verdict.ts';
import { TokenVerifier } from '../jwt/token-verifier.ts';
import type { AttestorLimits } from './attestor-limits.ts';
import { type ClaimCondition, conditionsHold } from './claim-condition.ts';
import { expandName, type NameTemplate } from './name-template.ts';

/** Whom tokens with these claims make. */
export interface TokenRule {
  /** All must hold. */
  readonly when: readonly ClaimCondition[];
  readonly namespace: NameTemplate;
  readonly serviceAccount: NameTemplate;
  readonly limits: AttestorLimits;
}

/** An issuer of tokens that is believed, and how far. */
export interface TokenIssuerPolicy {
  readonly name: string;
  /** `iss`, exactly. */
  readonly issuer: string;
  /** `aud` holds one of them; never empty. */
  readonly audiences: readonly string[];
  /** Longest life of a token, from `iat` (or now) to `exp`, ms. */
  readonly maxTokenLifeMs: number;
  /** A token is good for one certificate, told by its `jti`. */
  readonly once: boolean;
  /** The first whose conditions hold decides. */
  readonly rules: readonly TokenRule[];
}

/** What a token names, its rule's limits still to be asked. */
export interface NamedWorkload {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly limits: AttestorLimits;
}

/** Why claims make nobody. */
export type ClaimRefusal = 'no_expiry' | 'token_life' | 'no_rule' | 'names';

/** An issuer with its keys. */
export class TokenIssuer {
  readonly policy: TokenIssuerPolicy;
  readonly verifier: TokenVerifier;

  constructor(policy: TokenIssuerPolicy, keys: TokenKeys) {
    const { issuer, audiences } = policy;
    // Empty would be anybody.
    if (issuer === '' || audiences.length === 0)
      throw new RangeError('an issuer needs its name and audiences');
    this.policy = policy;
    this.verifier = new TokenVerifier({ issuer, audiences, spaceDelimitedClaims: [] }, keys);
  }

  /** Whom verified claims make; `now` in ms. */
  workloadOf(claims: Claims, now: number): NamedWorkload | ClaimRefusal {
    const [expires, issued] = [ownMember(claims, 'exp'), ownMember(claims, 'iat')];
    if (typeof expires !== 'number') return 'no_expiry';
    // One of the future must not make a token's life look shorter.
    const from = typeof issued === 'number' ? Math.min(issued * 1000, now) : now;
    if (expires * 1000 - from > this.policy.maxTokenLifeMs) return 'token_life';
    const rule = this.policy.rules.find(({ when }) => conditionsHold(when, claims));
    if (rule === undefined) return 'no_rule';
    const namespace = expandName(rule.namespace, claims, 'namespace');
    const serviceAccount = expandName(rule.serviceAccount, claims, 'serviceAccount');
    if (namespace === undefined || serviceAccount === undefined) return 'names';
    return { namespace, serviceAccount, limits: rule.limits };
  }
}
