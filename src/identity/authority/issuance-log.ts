import type { Store } from '../../runtime/ports.ts';
import { hex, sha256 } from '../bytes.ts';
import { type Read, record, text, whole } from '../json-shape.ts';

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

/** Which of the log are wanted; absent fields let everything through. */
export interface IssuanceFilter {
  /** A part of the SPIFFE ID. */
  readonly id?: string | undefined;
  /** The beginning of it: `join` finds `join`, `token` finds `token/github`. */
  readonly who?: string | undefined;
  /** Exactly. */
  readonly serial?: string | undefined;
  /** Not those that have expired at that moment. */
  readonly validAt?: number | undefined;
}

/** Whether every entry names the one before it; a log that was cut at its old end still does. */
export interface ChainVerdict {
  readonly entries: number;
  /** What is wrong; absent = nothing. */
  readonly broken?: string;
}

/** Appends to the log of issued certificates; each entry has the hash of the one before, keys sort by time. */
export function recordIssuance(store: Store, issuance: Issuance): Promise<void> {
  const before = heads.get(store) ?? lastHash(store);
  const head = before.then(
    (previous) => append(store, issuance, previous),
    // The one before was not written: what is stored says where the chain goes on.
    async () => append(store, issuance, await lastHash(store)),
  );
  heads.set(store, head);
  return head.then(nothing);
}

/** The last `limit` entries, oldest first. */
export async function listIssuances(store: Store, limit: number): Promise<Issuance[]> {
  return (await findIssuances(store, {}, limit)).reverse();
}

/** At most `limit` entries that pass, newest first: by serial number among all, otherwise among the newest 100,000. */
export async function findIssuances(
  store: Store,
  filter: IssuanceFilter,
  limit: number,
): Promise<Issuance[]> {
  const found: Issuance[] = [];
  const keys = (await store.list(KEYS)).reverse();
  const { serial } = filter;
  const asked =
    serial === undefined ? keys.slice(0, MAX_SEARCHED) : keys.filter((one) => one.endsWith(`-${serial}`));
  for (const key of asked) {
    if (found.length >= limit) break;
    const entry = await readEntry(store, key);
    if (entry !== undefined && passes(entry, filter)) found.push(entry);
  }
  return found;
}

/** Follows the hashes through the newest 20,000 entries. */
export async function verifyIssuances(store: Store): Promise<ChainVerdict> {
  const keys = (await store.list(KEYS)).slice(-MAX_VERIFIED);
  const next = new Map<string, string>();
  const hashes = new Set<string>();
  for (const key of keys) {
    const stored = await store.get(key);
    const entry = stored && decode(stored);
    if (stored === undefined || entry === undefined) return broken(keys.length, `${key} cannot be read`);
    const hash = hex(await sha256(stored));
    if (next.has(entry.previous)) return broken(keys.length, `two entries follow ${entry.previous}`);
    next.set(entry.previous, hash);
    hashes.add(hash);
  }
  const [first, ...others] = [...next.keys()].filter((previous) => !hashes.has(previous));
  if (others.length > 0) return broken(keys.length, `entries are missing or altered before ${others[0]}`);
  return follow(next, first, keys.length);
}

/**
 * Deletes what expired more than 90 days ago; of more than a million entries also the oldest that have expired. What
 * is valid is never forgotten: a flood of certificates must not hide those before it.
 */
export async function pruneIssuances(store: Store, now: number): Promise<void> {
  const keys = await store.list(KEYS);
  const excess = keys.length - MAX_KEPT;
  for (const [i, key] of keys.entries()) {
    const entry = await readEntry(store, key);
    if (entry !== undefined && entry.notAfter > (i < excess ? now : now - KEPT_MS)) return;
    await store.delete(key);
  }
}

const KEYS = 'issuance/';
const MAX_VERIFIED = 20_000;
const MAX_SEARCHED = 100_000;
const MAX_KEPT = 1_000_000;
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;
/** Before the first entry. */
const NO_HASH = '0'.repeat(64);

const shape = record({
  when: whole,
  who: text(253),
  what: text(2048),
  serial: text(40, /^[0-9a-f]+$/),
  notAfter: whole,
  previous: text(64, /^[0-9a-f]{64}$/),
});

type Entry = Read<typeof shape>;

/** Of the last entry of each log that this process writes to. */
const heads = new WeakMap<Store, Promise<string>>();

function nothing(): void {}

async function append(store: Store, issuance: Issuance, previous: string): Promise<string> {
  const { when, who, what, serial, notAfter } = issuance;
  const key = `${KEYS}${String(when).padStart(16, '0')}-${serial}`;
  const stored = new TextEncoder().encode(JSON.stringify({ when, who, what, serial, notAfter, previous }));
  await store.put(key, stored);
  return hex(await sha256(stored));
}

async function lastHash(store: Store): Promise<string> {
  const key = (await store.list(KEYS)).at(-1);
  const stored = key === undefined ? undefined : await store.get(key);
  return stored === undefined ? NO_HASH : hex(await sha256(stored));
}

function follow(next: ReadonlyMap<string, string>, first: string | undefined, entries: number): ChainVerdict {
  let followed = 0;
  for (let at = first === undefined ? undefined : next.get(first); at !== undefined; at = next.get(at)) {
    followed++;
    if (followed > entries) break;
  }
  return followed === entries ? { entries } : broken(entries, 'entries follow each other in a circle');
}

function broken(entries: number, what: string): ChainVerdict {
  return { entries, broken: what };
}

async function readEntry(store: Store, key: string): Promise<Issuance | undefined> {
  const stored = await store.get(key);
  const entry = stored && decode(stored);
  if (entry === undefined) return undefined;
  const { when, who, what, serial, notAfter } = entry;
  return { when, who, what, serial, notAfter };
}

/** Undefined for what is no entry of ours. */
function decode(stored: Uint8Array): Entry | undefined {
  try {
    return shape(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(stored)), 'issuance');
  } catch {
    return undefined;
  }
}

function passes({ what, who, notAfter }: Issuance, filter: IssuanceFilter): boolean {
  const { id, who: wanted, validAt } = filter;
  if (id !== undefined && !what.includes(id)) return false;
  if (wanted !== undefined && !who.startsWith(wanted)) return false;
  return validAt === undefined || notAfter > validAt;
}
