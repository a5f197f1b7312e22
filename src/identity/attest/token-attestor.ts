import type { Clock } from '../../runtime/ports.ts';
import { ownMember } from '../jwt/strict-json.ts';
import type { VerifiedToken } from '../jwt/token-verdict.ts';
import { workloadId } from '../spiffe.ts';
import { type Attestation, type Attestor, notAttested } from './attestor.ts';
import { limitsRefusal } from './attestor-limits.ts';
import type { SpentTokens } from './spent-tokens.ts';
import type { TokenIssuer } from './token-issuer.ts';

export interface TokenAttestorParts {
  /** Each with an issuer of its own. */
  readonly issuers: readonly TokenIssuer[];
  readonly trustDomain: string;
  readonly spent: Pick<SpentTokens, 'spend'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A token of an OpenID Connect issuer: Kubernetes, GitHub Actions, Cloudflare Access, or any other by policy. */
export class TokenAttestor implements Attestor<string> {
  readonly #parts: TokenAttestorParts;

  constructor(parts: TokenAttestorParts) {
    this.#parts = parts;
  }

  async attest(token: string): Promise<Attestation> {
    const now = this.#parts.clock.now();
    for (const issuer of this.#parts.issuers) {
      const verdict = await issuer.verifier.judge(token, now);
      if (verdict.kind === 'verified') return this.#attest(issuer, verdict, now);
      if (verdict.reason !== 'issuer') return notAttested(`token_${verdict.reason}`);
    }
    return notAttested('token_issuer');
  }

  #attest(issuer: TokenIssuer, { auth }: VerifiedToken, now: number): Attestation {
    const named = issuer.workloadOf(auth.claims, now);
    if (typeof named === 'string') return notAttested(named);
    const { namespace, serviceAccount, limits } = named;
    const refusal = limitsRefusal(limits, namespace, serviceAccount);
    if (refusal !== undefined) return notAttested(refusal);
    const { once, name } = issuer.policy;
    // By whoever makes the certificate: a token that makes nobody is not spent.
    const spend = () => this.#spend(issuer, auth.claims);
    const id = workloadId(this.#parts.trustDomain, namespace, serviceAccount);
    const attested = { kind: 'attested', id, ttlCapMs: limits.maxTtlMs, who: `token/${name}` } as const;
    return once ? { ...attested, spend } : attested;
  }

  /** False for one that was used, and for one that cannot be told from others. */
  async #spend({ policy }: TokenIssuer, claims: VerifiedToken['auth']['claims']): Promise<boolean> {
    const [jti, expires] = [ownMember(claims, 'jti'), ownMember(claims, 'exp')];
    if (typeof jti !== 'string' || jti === '' || typeof expires !== 'number') return false;
    return this.#parts.spent.spend(policy.issuer, jti, (expires + SKEW_S) * 1000);
  }
}

/** A verifier takes tokens for so long after they expired. */
const SKEW_S = 60;
