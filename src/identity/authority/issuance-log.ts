import type { Store } from '../../runtime/ports.ts';

/** One issued certificate. Times in milliseconds since the epoch. */
export interface Issuance {
  readonly when: number;
  /** How the caller was attested: `join`, `renew`, … */
  readonly who: string;
  /** The SPIFFE ID that was certified. */
  readonly what: string;
  readonly serial: string;
  readonly notAfter: number;
}

/** Appends to the log of issued certificates; keys sort by time. */
export async function recordIssuance(store: Store, issuance: Issuance): Promise<void> {
  const key = `${KEYS}${String(issuance.when).padStart(16, '0')}-${issuance.serial}`;
  await store.put(key, new TextEncoder().encode(JSON.stringify(issuance)));
}

/** The last `limit` entries, oldest first. */
export async function listIssuances(store: Store, limit: number): Promise<Issuance[]> {
  const entries: Issuance[] = [];
  const keys = await store.list(KEYS);
  for (const key of keys.slice(Math.max(0, keys.length - limit))) {
    const stored = await store.get(key);
    if (stored !== undefined) entries.push(JSON.parse(new TextDecoder().decode(stored)) as Issuance);
  }
  return entries;
}

const KEYS = 'issuance/';
