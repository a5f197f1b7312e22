import type { SpiffeId } from './spiffe.ts';

/** An X.509-SVID with its key: what a workload proves itself with. */
export interface Svid {
  readonly id: SpiffeId;
  /** Leaf first, then intermediates; PEM. */
  readonly chainPem: string;
  /** PKCS#8 PEM; TLS libraries need it extractable. */
  readonly keyPem: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The roots of a trust domain. */
export interface Bundle {
  readonly trustDomain: string;
  /** PEM, concatenated. */
  readonly rootsPem: string;
}
