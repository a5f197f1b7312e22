import { findIssuances } from '../../src/identity/authority/issuance-log.ts';
import type { Store } from '../../src/runtime/ports.ts';
import type { Awaited } from './trust-holders.ts';

export interface LivingParts {
  /** Of the log of issuances. */
  readonly store: Store;
  /** When another root began to issue, ms. */
  readonly since: number;
  readonly now: number;
  /** SPIFFE IDs whose proxies tell by themselves what they hold. */
  readonly heard: ReadonlySet<string>;
  readonly isDenied: (id: string, serial: string) => boolean;
}

/** Certificates that no proxy shows: of Workers, which are waited for by time, and of edges, which name nobody. */
const OTHERS = new Set(['proof', 'edge']);
const MAX_READ = 100_000;

/**
 * Identities that nobody hears of, and that hold a certificate of the root before: without that root they could not
 * even renew it.
 */
export async function awaitedCertificates(parts: LivingParts): Promise<Awaited[]> {
  const { store, since, now, heard, isDenied } = parts;
  const ends = new Map<string, number>();
  const living = await findIssuances(store, { validAt: now }, MAX_READ);
  for (const { when, who, what, serial, notAfter } of living) {
    if (when >= since || OTHERS.has(who) || heard.has(what) || isDenied(what, serial)) continue;
    ends.set(what, Math.max(notAfter, ends.get(what) ?? 0));
  }
  return [...ends].map(([proxy, end]) => {
    const until = new Date(end).toISOString();
    return {
      proxy,
      instance: '',
      reason: `not heard of; its certificate of the old root lives until ${until}`,
    };
  });
}
