import { JoinRefused, type JoinTokens } from '../authority/join-token.ts';
import { workloadId } from '../spiffe.ts';
import { type Attestation, type Attestor, notAttested } from './attestor.ts';
import { type AttestorLimits, limitsRefusal } from './attestor-limits.ts';

/** A one-time token of a join bundle: it was minted for one workload, and is spent whatever comes of it. */
export class JoinAttestor implements Attestor<string> {
  readonly #tokens: Pick<JoinTokens, 'redeem'>;
  readonly #trustDomain: string;
  readonly #limits: AttestorLimits;

  constructor(tokens: Pick<JoinTokens, 'redeem'>, trustDomain: string, limits: AttestorLimits) {
    this.#tokens = tokens;
    this.#trustDomain = trustDomain;
    this.#limits = limits;
  }

  async attest(token: string): Promise<Attestation> {
    try {
      const { namespace, serviceAccount } = await this.#tokens.redeem(token);
      const refusal = limitsRefusal(this.#limits, namespace, serviceAccount);
      if (refusal !== undefined) return notAttested(refusal);
      const id = workloadId(this.#trustDomain, namespace, serviceAccount);
      return { kind: 'attested', id, ttlCapMs: this.#limits.maxTtlMs, who: 'join' };
    } catch (error) {
      if (error instanceof JoinRefused) return notAttested(error.reason);
      throw error;
    }
  }
}
