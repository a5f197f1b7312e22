import type { ReadStore, Store } from '../runtime/ports.ts';
import type { EndpointRecord } from './endpoint.ts';
import { EndpointLedger, type FreshRecord } from './endpoint-ledger.ts';
import { LastKnownGood, ReadRecorder } from './last-known-good.ts';
import type { Manifest } from './manifest.ts';
import type { Pointer } from './pointer.ts';
import {
  readIfPresent,
  readManifest,
  readPointer,
  readSnapshot,
  type Trust,
  targetBlob,
} from './read-publication.ts';
import { Rejections } from './rejections.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotError, type SnapshotErrorCode } from './snapshot-error.ts';
import { blobKey, endpointsKey, manifestKey, pointerKey } from './store-key.ts';
import { registryServices } from './validate-snapshot.ts';

export interface SubscriberOptions extends Trust {
  readonly store: ReadStore;
  /** `targetName` of the reader. */
  readonly target: string;
  /** From the bootstrap: nothing older is accepted, even by a reader that has nothing yet. */
  readonly minimumRevision: number;
  /** The reader's own store, for `restore`. */
  readonly lastKnownGood?: Store;
  /** Throws to refuse a snapshot. */
  readonly selfTest?: (snapshot: Snapshot) => void;
  /** Activates; a snapshot that it throws at is refused. */
  onSnapshot(snapshot: Snapshot, revision: number): void;
  onEndpoints(record: EndpointRecord): void;
  /** Once for each distinct thing that was refused. What is in force stays. */
  onReject(code: SnapshotErrorCode, detail: string): void;
}

/** `rejected`: something was refused and nothing changed. */
export type RefreshResult = 'current' | 'updated' | 'rejected';

interface Candidate {
  readonly pointer: Pointer;
  readonly manifest: Manifest;
  readonly snapshot: Snapshot;
}

/** Endpoint records read at a time: workerd allows six connections. */
const PARALLEL = 6;

/**
 * Keeps one target on the newest publication that proves itself, and otherwise on its last known good.
 * Calls may overlap: each reads for itself, and only what is newer when it has been read is put in force.
 */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #rejections: Rejections;
  readonly #endpoints = new EndpointLedger();
  readonly #kept: LastKnownGood | undefined;
  #current: Candidate | undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#rejections = new Rejections((code, detail) => options.onReject(code, detail));
    this.#kept = options.lastKnownGood && new LastKnownGood(options.lastKnownGood);
  }

  /** 0 before the first snapshot. */
  get revision(): number {
    return this.#current?.manifest.revision ?? 0;
  }

  /** Of the publication in force. After its `expires` an alarm is due, not an outage. */
  get manifest(): Manifest | undefined {
    return this.#current?.manifest;
  }

  /** Reads the store once. Never rejects. */
  async refresh(): Promise<RefreshResult> {
    return this.#load(this.#options.store, this.#kept);
  }

  /** Reads the last known good, as mistrustfully as the store; for a start without it. Never rejects. */
  async restore(): Promise<RefreshResult> {
    const { lastKnownGood } = this.#options;
    if (lastKnownGood === undefined) return 'current';
    // Nothing was kept yet: that is no refusal.
    const kept = await this.#rejections.attempt(() => readIfPresent(lastKnownGood, pointerKey));
    return kept === undefined ? 'current' : this.#load(lastKnownGood, undefined);
  }

  async #load(store: ReadStore, kept: LastKnownGood | undefined): Promise<RefreshResult> {
    const before = this.#rejections.count;
    const recorder = new ReadRecorder(store);
    const candidate = await this.#rejections.attempt(() => this.#candidate(recorder));
    // A store that gave no pointer gives no records either, and each would be waited for.
    if (this.#rejections.storeAway) return 'rejected';
    const records = await this.#records(recorder, candidate?.snapshot ?? this.#current?.snapshot);
    // No await between these two: another refresh must not come between a snapshot and its endpoints.
    const accepted = [...this.#activate(candidate), ...this.#tell(records)];
    if (kept !== undefined && accepted.length > 0) {
      await this.#rejections.attempt(() => kept.keep(accepted, recorder.seen));
    }
    if (accepted.length > 0) return 'updated';
    return this.#rejections.count > before ? 'rejected' : 'current';
  }

  /** The publication that the pointer names; undefined if it is in force. Throws SnapshotError. */
  async #candidate(store: ReadStore): Promise<Candidate | undefined> {
    const pointer = await readPointer(store);
    this.#rejections.storeAnswered();
    if (pointer.manifest === this.#current?.pointer.manifest) return undefined;
    this.#refuseOlder(pointer.revision);
    const manifest = await readManifest(store, pointer, this.#options);
    const { target } = this.#options;
    const current = this.#current;
    const unchanged =
      current !== undefined &&
      targetBlob(current.manifest, target).blob === targetBlob(manifest, target).blob;
    return {
      pointer,
      manifest,
      snapshot: unchanged ? current.snapshot : await readSnapshot(store, manifest, target),
    };
  }

  #refuseOlder(revision: number): void {
    const floor = Math.max(this.#options.minimumRevision, this.revision + 1);
    if (revision < floor)
      throw new SnapshotError('E_ROLLBACK', `revision ${revision}, at least ${floor} is wanted`);
  }

  async #records(store: ReadStore, snapshot: Snapshot | undefined): Promise<FreshRecord[]> {
    const services = snapshot === undefined ? [] : registryServices(snapshot);
    const fresh: FreshRecord[] = [];
    for (let at = 0; at < services.length; at += PARALLEL) {
      const reads = services.slice(at, at + PARALLEL).map((service) => this.#record(store, service));
      for (const record of await Promise.all(reads)) if (record !== undefined) fresh.push(record);
    }
    return fresh;
  }

  #record(store: ReadStore, service: string): Promise<FreshRecord | undefined> {
    return this.#rejections.attempt(() => this.#endpoints.read(store, service, this.#options.keys));
  }

  /** Puts the candidate in force, unless a later one was faster; returns the keys it was read from. */
  #activate(candidate: Candidate | undefined): string[] {
    if (candidate === undefined || candidate.manifest.revision <= this.revision) return [];
    const { manifest, pointer, snapshot } = candidate;
    const activated = this.#rejections.activate(() => {
      this.#options.selfTest?.(snapshot);
      this.#options.onSnapshot(snapshot, manifest.revision);
    });
    if (!activated) return [];
    this.#current = candidate;
    this.#endpoints.retain(registryServices(snapshot));
    const blob = targetBlob(manifest, this.#options.target).blob;
    return [blobKey(blob), manifestKey(pointer.manifest), pointerKey];
  }

  #tell(records: readonly FreshRecord[]): string[] {
    const named = new Set(this.#current && registryServices(this.#current.snapshot));
    const told = records.filter((fresh) => named.has(fresh.record.service) && this.#endpoints.accept(fresh));
    for (const { record } of told) this.#rejections.activate(() => this.#options.onEndpoints(record));
    return told.map(({ record }) => endpointsKey(record.service));
  }
}
