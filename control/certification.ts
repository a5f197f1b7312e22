import type { Attested } from '../src/identity/attest/attestor.ts';
import { NO_LIMITS } from '../src/identity/attest/attestor-limits.ts';
import { LifeCaps } from '../src/identity/attest/life-caps.ts';
import type { Authority } from '../src/identity/authority/authority.ts';
import { recordIssuance } from '../src/identity/authority/issuance-log.ts';
import { formatSpiffeId } from '../src/identity/spiffe.ts';
import type { Clock, Log, Store } from '../src/runtime/ports.ts';

export interface CertificationParts {
  readonly authority: Pick<Authority, 'issue' | 'root'>;
  /** Of the log of issuances. */
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Longest life of a leaf, ms. */
  readonly svidTtlMs: number;
}

/** What a workload is answered: PEM, leaf first, and the root that it leads to; the trust record has them all. */
export interface Certificates {
  readonly chain: string;
  readonly roots: string;
}

/** Signs for whom an attestor decided, and writes down who got what before the certificate leaves. */
export async function certify(
  { authority, store, clock, log, svidTtlMs }: CertificationParts,
  csr: string,
  { id, ttlCapMs, who, follows }: Attested,
): Promise<Certificates> {
  const caps = new LifeCaps(store);
  // Only what first attested it counts: the policy of renewals may change.
  const cap = follows === undefined ? ttlCapMs : await caps.of(follows);
  const life = Math.min(ttlCapMs, cap ?? svidTtlMs, svidTtlMs);
  const { chainPem, serial, notAfter } = await authority.issue(csr, id, life);
  if (cap !== undefined && cap < NO_LIMITS.maxTtlMs) await caps.keep(serial, cap, notAfter);
  const what = formatSpiffeId(id);
  await recordIssuance(store, { when: clock.now(), who, what, serial, notAfter });
  log.info('certificate issued', { who, id: what, serial, notAfter: new Date(notAfter).toISOString() });
  return { chain: chainPem, roots: authority.root() };
}
