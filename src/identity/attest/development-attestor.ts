import { workloadId } from '../spiffe.ts';
import { type Attestation, type Attestor, notAttested } from './attestor.ts';
import { type AttestorLimits, limitsRefusal } from './attestor-limits.ts';
import { isName } from './name-template.ts';

/** Whom a caller says to be. */
export interface DevelopmentClaim {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Believes every caller: for development on one machine, where whoever reaches control may be anybody. */
export class DevelopmentAttestor implements Attestor<DevelopmentClaim> {
  readonly #trustDomain: string;
  readonly #limits: AttestorLimits;

  constructor(trustDomain: string, limits: AttestorLimits) {
    this.#trustDomain = trustDomain;
    this.#limits = limits;
  }

  async attest({ namespace, serviceAccount }: DevelopmentClaim): Promise<Attestation> {
    if (!isName(namespace, 'namespace') || !isName(serviceAccount, 'serviceAccount'))
      return notAttested('name');
    const refusal = limitsRefusal(this.#limits, namespace, serviceAccount);
    if (refusal !== undefined) return notAttested(refusal);
    const id = workloadId(this.#trustDomain, namespace, serviceAccount);
    return { kind: 'attested', id, ttlCapMs: this.#limits.maxTtlMs, who: 'development' };
  }
}
