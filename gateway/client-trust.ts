import { hex, sha256 } from '../src/identity/bytes.ts';
import { Trust } from '../src/identity/trust.ts';
import { formatName } from '../src/identity/x509/distinguished-name.ts';
import { linkedChain } from '../src/identity/x509/linked-chain.ts';
import type { Peer } from '../src/proxy/decide/connection.ts';
import { edgeCertificates } from '../src/runtime/fetch/edge-certificates.ts';
import type { Clock, Log, ReadStore } from '../src/runtime/ports.ts';
import type { VerifyingKey } from '../src/snapshot/signing-key.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';
import { SnapshotError } from '../src/snapshot/snapshot-error.ts';
import { type TrustRecord, trustKey, verifyTrustRecord } from '../src/snapshot/trust-record.ts';

export interface ClientTrustParts {
  readonly store: ReadStore;
  /** Those that sign manifests. */
  readonly keys: readonly VerifyingKey[];
  /** The sequence that the configuration in force wants of the record; 0 = any. */
  readonly least: () => number;
  /** The store is looked at this often, ms. */
  readonly pollMs: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** The configuration in force, as far as it says who is believed. */
export type Believed = Pick<Snapshot, 'trustDomain' | 'trustDomainAliases' | 'federated'>;

/** Configuration and record reach KV apart: so long the last record stands when a newer one is wanted, ms. */
const GRACE_MS = 120_000;

/** Clients that are remembered; one shows the same certificate with every request. */
const MAX_KNOWN = 1024;

interface Known {
  readonly peer: Peer;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Judges the certificates that clients showed to the edge, by the mesh's own roots and rules. */
export class ClientTrust {
  readonly #parts: ClientTrustParts;
  #record: TrustRecord | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Since when the record is older than the configuration wants; undefined = it is not. */
  #outdatedSince: number | undefined;
  /** What the trust was made of. */
  #of: readonly unknown[] = [];
  #trust: Trust | undefined;
  /** By the leaf as the edge writes it. Only the good are remembered. */
  readonly #known = new Map<string, Known>();

  constructor(parts: ClientTrustParts) {
    this.#parts = parts;
  }

  /** Who a client is, by `request.cf.tlsClientAuth`; undefined is nobody. Never rejects. */
  async peer(tlsClientAuth: unknown, believed: Believed | undefined): Promise<Peer | undefined> {
    const shown = believed && edgeCertificates(tlsClientAuth);
    if (believed === undefined || shown === undefined) return undefined;
    const trust = await this.#current(believed);
    if (trust === undefined) return undefined;
    const leaf = hex(await sha256(shown[0] ?? new Uint8Array()));
    const [now, known] = [this.#parts.clock.now(), this.#known.get(leaf)];
    if (known !== undefined && now >= known.notBefore && now <= known.notAfter) return known.peer;
    try {
      return await this.#verify(trust, shown, leaf, now);
    } catch {
      // Whatever is wrong with it: it proves nobody.
      return undefined;
    }
  }

  async #verify(
    trust: Trust,
    shown: readonly Uint8Array[],
    certificateHash: string,
    now: number,
  ): Promise<Peer> {
    const verified = await trust.verify({ chain: linkedChain(shown), purpose: 'client', now });
    const { id, leaf, notBefore, notAfter } = verified;
    const peer = { id, certificateHash, subject: formatName(leaf.subject), notAfter };
    const [oldest] = this.#known.size < MAX_KNOWN ? [] : this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
    // Another trust may have taken this one's place meanwhile.
    if (trust === this.#trust) this.#known.set(certificateHash, { peer, notBefore, notAfter });
    return peer;
  }

  /** Undefined without a record that is new enough: then nobody is believed. */
  async #current(believed: Believed): Promise<Trust | undefined> {
    await this.#refresh(believed.trustDomain);
    const { trustDomain, trustDomainAliases, federated } = believed;
    const of = [this.#record, trustDomain, trustDomainAliases, federated];
    if (this.#record === undefined || this.#isOutdated(this.#record)) return undefined;
    if (of.every((part, i) => part === this.#of[i])) return this.#trust;
    const { roots, denied } = this.#record;
    this.#known.clear();
    this.#of = of;
    this.#trust = new Trust({
      trustDomain,
      rootsPem: roots.join(''),
      denied,
      ...(trustDomainAliases && { aliases: trustDomainAliases }),
      ...(federated && { federated }),
    });
    return this.#trust;
  }

  /** Whether a newer one has been wanted for too long: somebody may keep it from us. */
  #isOutdated({ sequence }: TrustRecord): boolean {
    const { least, clock, log } = this.#parts;
    const [wanted, now] = [least(), clock.now()];
    if (sequence >= wanted) {
      this.#outdatedSince = undefined;
      return false;
    }
    if (this.#outdatedSince === undefined) log.error('trust record outdated', { sequence, wanted });
    this.#outdatedSince ??= now;
    return now - this.#outdatedSince > GRACE_MS;
  }

  /** What cannot be had or is not proven leaves the last record standing. */
  async #refresh(trustDomain: string): Promise<void> {
    const { store, keys, least, pollMs, clock, log } = this.#parts;
    // Without a record every request looks for itself: none waits for another's I/O.
    if (this.#record !== undefined && clock.now() - this.#lookedAt < pollMs) return;
    this.#lookedAt = clock.now();
    try {
      const bytes = await store.get(trustKey);
      if (bytes === undefined) return;
      const record = await verifyTrustRecord(bytes, keys, { trustDomain });
      // An isolate that has one goes forward, however far.
      if (this.#record === undefined && record.sequence < least())
        throw new SnapshotError('E_ROLLBACK', `sequence ${record.sequence}, wanted ${least()}`);
      if (record.sequence > (this.#record?.sequence ?? 0)) this.#record = record;
    } catch (error) {
      log.warn('trust record not usable', { error: String(error) });
    }
  }
}
