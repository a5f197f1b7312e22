import { hex, sha256 } from '../identity/bytes.ts';
import type { Membership } from '../identity/membership.ts';
import { decodeOnePem, decodePem } from '../identity/pem.ts';
import type { Bundle } from '../identity/svid.ts';
import { parseCertificate } from '../identity/x509/certificate.ts';
import { isIssuedBy } from '../identity/x509/path.ts';
import type { Log, ReadStore } from '../runtime/ports.ts';
import { pinnedKeys } from './pinned-keys.ts';
import type { VerifyingKey } from './signing-key.ts';
import { SnapshotError } from './snapshot-error.ts';
import { type TrustRecord, trustKey, verifyTrustRecord } from './trust-record.ts';

const file = 'trust.json';

/** Texts by name that only their owner can read. */
interface KeptTexts {
  read(name: string): string | undefined;
  write(name: string, text: string): void;
}

export interface TrustKeeperParts {
  readonly membership: Membership;
  /** Where the record is kept for the next start; absent = nowhere. */
  readonly state?: KeptTexts | undefined;
  readonly log: Log;
}

/** A record with the hashes of its roots, in their order. */
interface Held {
  readonly record: TrustRecord;
  readonly hashes: readonly string[];
  readonly bundle: Bundle;
}

/**
 * Whom this workload believes: the newest trust record that one of the pinned keys signed. Before there is one, the
 * roots that the membership pins.
 */
export class TrustKeeper {
  readonly #parts: TrustKeeperParts;
  readonly #callbacks = new Set<() => void>();
  #keySet: unknown;
  #keys: readonly VerifyingKey[] | undefined;
  #held: Held | undefined;
  #told = '';

  private constructor(parts: TrustKeeperParts) {
    this.#parts = parts;
  }

  /** With what an earlier process kept, if that is still proven. */
  static async restore(parts: TrustKeeperParts): Promise<TrustKeeper> {
    const keeper = new TrustKeeper(parts);
    await keeper.#restore().catch((error: unknown) => {
      parts.log.warn('stored trust record not usable', { error: String(error) });
    });
    return keeper;
  }

  /** Undefined before the first record. */
  get bundle(): Bundle | undefined {
    return this.#held?.bundle;
  }

  /** Of the record; 0 before the first. */
  get sequence(): number {
    return this.#held?.record.sequence ?? 0;
  }

  /** SHA-256 of each root that is believed, hexadecimal. */
  get rootHashes(): readonly string[] {
    const { rootHash, otherRootHashes = [] } = this.#parts.membership;
    return this.#held?.hashes ?? [rootHash, ...otherRootHashes];
  }

  /** The same of the root whose certificates are to be had; undefined before the first record. */
  get issuing(): string | undefined {
    return this.#held?.record.issuing;
  }

  /** The membership with the pins of now in place of those that it was minted with. */
  get membership(): Membership {
    const { otherRootHashes: _before, ...membership } = this.#parts.membership;
    const [rootHash = membership.rootHash, ...others] = this.rootHashes;
    return { ...membership, rootHash, ...(others.length > 0 && { otherRootHashes: others }) };
  }

  /** Calls back after every change. */
  onChange(callback: () => void): void {
    this.#callbacks.add(callback);
  }

  /**
   * Reads the record anew. Never rejects: what cannot be had or is not proven leaves the last one standing. `askKeys`
   * asks control for its key set. `least` is the sequence that the configuration in force wants: an older record is
   * refused, and that there is no other is told.
   */
  async refresh(store: ReadStore, askKeys: () => Promise<unknown>, least = 0): Promise<void> {
    const bytes = await store.get(trustKey).catch(() => undefined);
    if (bytes === undefined && this.sequence < least) this.#refused(`there is none; wanted is ${least}`);
    if (bytes === undefined) return;
    try {
      await this.#ensureKeys(askKeys);
      const held = await this.#read(bytes);
      const { sequence } = held.record;
      // Who has one goes forward, however far.
      if (sequence < least && (this.sequence === 0 || sequence <= this.sequence))
        throw new SnapshotError('E_ROLLBACK', `sequence ${sequence}, the configuration wants ${least}`);
      // Another read may have been faster.
      if (sequence <= this.sequence) return;
      this.#keep(new TextDecoder().decode(bytes));
      this.#take(held);
    } catch (error) {
      this.#refused(String(error));
    }
  }

  /** The hash of the root that a chain (PEM) leads to; undefined where it leads to none of them. */
  async rootOf(chainPem: string): Promise<string | undefined> {
    const last = decodePem('CERTIFICATE', chainPem).map(parseCertificate).at(-1);
    const { record, hashes } = this.#held ?? { record: { roots: [] }, hashes: [] };
    for (const [i, root] of record.roots.entries()) {
      const issuer = parseCertificate(decodeOnePem('CERTIFICATE', root));
      if (last !== undefined && (await isIssuedBy(last, issuer))) return hashes[i];
    }
    return undefined;
  }

  #take(held: Held): void {
    this.#held = held;
    const { sequence, roots, denied } = held.record;
    this.#parts.log.info('trust changed', { sequence, roots: roots.length, denied: denied.length });
    for (const callback of this.#callbacks) callback();
  }

  async #ensureKeys(askKeys: () => Promise<unknown>): Promise<void> {
    if (this.#keys !== undefined) return;
    const keySet = await askKeys();
    this.#keys = await pinnedKeys(keySet, this.#parts.membership.signingKeys);
    this.#keySet = keySet;
  }

  async #read(bytes: Uint8Array<ArrayBuffer>): Promise<Held> {
    const { trustDomain } = this.#parts.membership;
    const record = await verifyTrustRecord(bytes, this.#keys ?? [], { trustDomain });
    const ders = record.roots.map((root) => decodeOnePem('CERTIFICATE', root));
    for (const der of ders) parseCertificate(der);
    const hashes = await Promise.all(ders.map(async (der) => hex(await sha256(der))));
    const bundle = { trustDomain, rootsPem: record.roots.join(''), denied: record.denied };
    return { record, hashes, bundle };
  }

  #keep(record: string): void {
    const { state, log } = this.#parts;
    try {
      state?.write(file, JSON.stringify({ keys: this.#keySet, record }));
    } catch (error) {
      log.error('trust record not kept, a restart will need control', { error: String(error) });
    }
  }

  async #restore(): Promise<void> {
    const text = this.#parts.state?.read(file);
    if (text === undefined) return;
    const { keys, record } = Object(JSON.parse(text)) as { keys?: unknown; record?: unknown };
    if (typeof record !== 'string') throw new TypeError('there is no record in it');
    await this.#ensureKeys(async () => keys);
    this.#held = await this.#read(new TextEncoder().encode(record));
  }

  /** Once for each distinct thing. */
  #refused(reason: string): void {
    if (reason === this.#told) return;
    this.#told = reason;
    this.#parts.log.error('trust record refused, the last one stands', { reason });
  }
}
