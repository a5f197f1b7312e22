import { workloadOf } from '../spiffe.ts';
import { type Attestation, type Attestor, notAttested, type ProvenSvid } from './attestor.ts';
import { type AttestorLimits, limitsRefusal } from './attestor-limits.ts';

/** An ID that was just proven by a valid SVID: it may be certified again, within limits. */
export class RenewalAttestor implements Attestor<ProvenSvid> {
  readonly #limits: AttestorLimits;
  readonly #who: 'renew' | 're-attest';

  constructor(limits: AttestorLimits, who: 'renew' | 're-attest' = 'renew') {
    this.#limits = limits;
    this.#who = who;
  }

  async attest({ id, serial }: ProvenSvid): Promise<Attestation> {
    const workload = workloadOf(id);
    if (workload === undefined) return notAttested('no_workload');
    const refusal = limitsRefusal(this.#limits, workload.namespace, workload.serviceAccount);
    if (refusal !== undefined) return notAttested(refusal);
    return { kind: 'attested', id, ttlCapMs: this.#limits.maxTtlMs, who: this.#who, follows: serial };
  }
}
