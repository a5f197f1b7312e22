import type { Attested } from '../src/identity/attest/attestor.ts';
import { NO_LIMITS } from '../src/identity/attest/attestor-limits.ts';
import { LifeCaps } from '../src/identity/attest/life-caps.ts';
import type { Authority, IssuedSvid } from '../src/identity/authority/authority.ts';
import { recordIssuance } from '../src/identity/authority/issuance-log.ts';
import { formatSpiffeId } from '../src/identity/spiffe.ts';
import type { Clock, Log, Store } from '../src/runtime/ports.ts';
import type { IssuanceBudget } from './ca/issuance-budget.ts';

/** What every certificate of a workload needs. */
export interface IssuanceParts {
  /** Of the log of issuances. */
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Longest life of a leaf, ms. */
  readonly svidTtlMs: number;
  /** How many one identity may have; absent = any number. */
  readonly budget?: Pick<IssuanceBudget, 'take' | 'check' | 'checkAttestor'>;
}

export interface CertificationParts extends IssuanceParts {
  readonly authority: Pick<Authority, 'issue' | 'root'>;
}

/** What a workload is answered: PEM, leaf first, and the root that it leads to; the trust record has them all. */
export interface Certificates {
  readonly chain: string;
  readonly roots: string;
}

/** Signs an SVID for whom an attestor decided. Throws as `issueWithin`. */
export async function certify(
  parts: CertificationParts,
  csr: string,
  attested: Attested,
): Promise<Certificates> {
  const { authority } = parts;
  const { chainPem } = await issueWithin(parts, attested, (life) => authority.issue(csr, attested.id, life));
  return { chain: chainPem, roots: authority.root() };
}

/**
 * The one way to a certificate of a workload: for no longer than what first attested it allows, within its budget
 * (IssuanceTooOften), and written down before it leaves. `issue` signs it for a life in ms.
 */
export async function issueWithin(
  { store, clock, log, svidTtlMs, budget }: IssuanceParts,
  attested: Attested,
  issue: (lifeMs: number) => Promise<IssuedSvid>,
): Promise<IssuedSvid> {
  const { id, ttlCapMs, who, follows } = attested;
  const caps = new LifeCaps(store);
  // Only what first attested it counts: the policy of renewals may change.
  const cap = follows === undefined ? ttlCapMs : await caps.of(follows);
  const life = Math.min(ttlCapMs, cap ?? svidTtlMs, svidTtlMs);
  budget?.take(attested, life);
  const issued = await issue(life);
  const { serial, notAfter } = issued;
  if (cap !== undefined && cap < NO_LIMITS.maxTtlMs) await caps.keep(serial, cap, notAfter);
  const what = formatSpiffeId(id);
  await recordIssuance(store, { when: clock.now(), who, what, serial, notAfter });
  log.info('certificate issued', { who, id: what, serial, notAfter: new Date(notAfter).toISOString() });
  return issued;
}
