import type { SpiffeId } from '../spiffe.ts';

/** Who asks for a certificate, as an attestor decided it; never as the request wants it. */
export interface Attested {
  readonly kind: 'attested';
  readonly id: SpiffeId;
  /** The certificate lives no longer, ms. */
  readonly ttlCapMs: number;
  /** For the log of issuances: the kind of attestor, and where there are several its name: `token/github`. */
  readonly who: string;
  /** Serial number of the certificate that proved it, hexadecimal; what that one was capped to counts as well. */
  readonly follows?: string;
  /** To be called once, right before the certificate is made: false where the evidence was used already. */
  readonly spend?: () => Promise<boolean>;
}

/** A workload that has just proven a certificate of its own. */
export interface ProvenSvid {
  readonly id: SpiffeId;
  /** Hexadecimal. */
  readonly serial: string;
}

/** Evidence that proves nothing. */
export interface NotAttested {
  readonly kind: 'refused';
  /** Stable, for logs and tests; the caller never sees it. */
  readonly reason: string;
}

export type Attestation = Attested | NotAttested;

/** Decides by the evidence alone whose it is. Never rejects because of what the evidence says. */
export interface Attestor<Evidence> {
  attest(evidence: Evidence): Promise<Attestation>;
}

/** Whether an identity, or the certificate of that serial number (hexadecimal), must get no other one. */
export type IsDenied = (id: SpiffeId, serial?: string) => boolean;

export function notAttested(reason: string): NotAttested {
  return { kind: 'refused', reason };
}
