import { type Bytes, sameBytes } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { type ProofCheck, verifySvidProof } from '../proof.ts';
import { serialText } from '../x509/serial-text.ts';
import type { VerifiedSvid } from '../x509/svid-chain.ts';
import { type Attestation, type Attestor, type IsDenied, notAttested } from './attestor.ts';
import type { AttestorLimits } from './attestor-limits.ts';
import { RenewalAttestor } from './renewal-attestor.ts';

/** A proof by an SVID that may be over, for this very request. */
export interface ReAttestation {
  readonly proof: string;
  readonly check: Omit<ProofCheck, 'graceMs'>;
  /** The key that is to be certified: SubjectPublicKeyInfo, its possession proven. */
  readonly publicKey: Bytes;
}

export interface ReAttestorPolicy {
  readonly limits: AttestorLimits;
  /** For so long after its end an SVID is taken, ms. */
  readonly windowMs: number;
  readonly isDenied: IsDenied;
}

/** How long after its end an SVID is taken unless policy says otherwise, and at most: 7 and 30 days, ms. */
export const RE_ATTESTATION_WINDOW_MS = 7 * 24 * 3_600_000;
export const MAX_RE_ATTESTATION_WINDOW_MS = 30 * 24 * 3_600_000;

/**
 * A workload that was offline past its certificate: the SVID that is over proves who it was, and only the very key of
 * that SVID is certified again, so that nobody who came by a proof gets one for a key of his own.
 */
export class ReAttestor implements Attestor<ReAttestation> {
  readonly #policy: ReAttestorPolicy;
  readonly #renewal: RenewalAttestor;

  constructor(policy: ReAttestorPolicy) {
    this.#policy = policy;
    this.#renewal = new RenewalAttestor(policy.limits, 're-attest');
  }

  async attest({ proof, check, publicKey }: ReAttestation): Promise<Attestation> {
    const svid = await this.#verify(proof, check);
    if (typeof svid === 'string') return notAttested(svid);
    if (!sameBytes(svid.leaf.publicKey, publicKey)) return notAttested('other_key');
    const serial = serialText(svid.leaf);
    if (this.#policy.isDenied(svid.id, serial)) return notAttested('denied');
    return this.#renewal.attest({ id: svid.id, serial });
  }

  async #verify(proof: string, check: Omit<ProofCheck, 'graceMs'>): Promise<VerifiedSvid | string> {
    try {
      return await verifySvidProof(proof, { ...check, graceMs: this.#policy.windowMs });
    } catch (error) {
      if (error instanceof IdentityError) return error.code;
      throw error;
    }
  }
}
