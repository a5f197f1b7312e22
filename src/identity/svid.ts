import type { Denial } from './deny-list.ts';
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
  /** Other names of this trust domain (MeshConfig trustDomainAliases); its roots stand for them too. */
  readonly aliases?: readonly string[];
  /** Trust domains whose workloads may come and be called (MeshConfig caCertificates), each by its own roots. */
  readonly federated?: readonly FederatedBundle[];
  /** Who is believed no more. */
  readonly denied?: readonly Denial[];
}

/** The roots of another trust domain. */
export interface FederatedBundle {
  readonly trustDomain: string;
  /** PEM, concatenated. */
  readonly rootsPem: string;
}
