import type { ReadStore, Store } from '../runtime/ports.ts';
import type { EndpointRecord } from './endpoint.ts';
import { EndpointLedger, type FreshRecord } from './endpoint-ledger.ts';
import { LastKnownGood, ReadRecorder } from './last-known-good.ts';
import type { Manifest } from './manifest.ts';
import type { Pointer } from './pointer.ts';
import {
  type ReadShard,
  readIfPresent,
  readManifest,
  readPointer,
  readShard,
  readSnapshot,
  readTarget,
  type StoredTarget,
  shardsOf,
  type Trust,
  targetBlob,
} from './read-publication.ts';
import { Rejections } from './rejections.ts';
import type { ShardMap } from './shard-index.ts';
import { ShardLoader } from './shard-loader.ts';
import type { ShardReader, SnapshotParts } from './shard-reader.ts';
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
  /** Takes sharded snapshots in parts. Absent = whole. */
  readonly shards?: ShardReader;
  /** Activates; a snapshot that it throws at is refused. `parts` come with the root of a sharded one. */
  onSnapshot(snapshot: Snapshot, revision: number, parts?: SnapshotParts): void;
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
  readonly parts: SnapshotParts | undefined;
}

/** Endpoint records read at a time: workerd allows six connections. */
const PARALLEL = 6;
/** Shards that are read before a new snapshot is put in force; more are read when they are asked for. */
const SHARDS_AHEAD = 64;

/**
 * Keeps one target on the newest publication that proves itself, and otherwise on its last known good.
 * Calls may overlap: each reads for itself, and only what is newer when it has been read is put in force.
 */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #rejections: Rejections;
  readonly #endpoints = new EndpointLedger();
  readonly #kept: LastKnownGood | undefined;
  readonly #loader: ShardLoader | undefined;
  #current: Candidate | undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#rejections = new Rejections((code, detail) => options.onReject(code, detail));
    this.#kept = options.lastKnownGood && new LastKnownGood(options.lastKnownGood);
    const { shards, store, lastKnownGood } = options;
    this.#loader = shards && new ShardLoader(store, lastKnownGood, shards.clock);
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

  /** Loads shards of the snapshot in force; false when one of them cannot be had. Never rejects. */
  async loadShards(numbers: readonly number[]): Promise<boolean> {
    const map = this.#current?.parts?.map;
    if (map === undefined) return false;
    const loaded = await Promise.all(numbers.map((number) => this.#loadShard(map, number)));
    return loaded.every((one) => one);
  }

  /** Reads the endpoints of services that are not in use yet. Never rejects. */
  async loadEndpoints(services: readonly string[]): Promise<void> {
    const recorder = new ReadRecorder(this.#options.store);
    const told = this.#tell(await this.#recordsOf(recorder, services), services);
    if (told.length > 0) await this.#rejections.attempt(async () => this.#kept?.keep(told, recorder.seen));
  }

  /** Whether a part of the snapshot in force stands the test of `task`; what it throws is told as a refusal. */
  accepts(task: () => void): boolean {
    return this.#rejections.activate(task);
  }

  async #loadShard(map: ShardMap, number: number): Promise<boolean> {
    const { shards } = this.#options;
    const address = map.address(number);
    if (shards === undefined || this.#loader === undefined || shards.has(address)) return true;
    const loader = this.#loader;
    const read = await this.#rejections.attempt(() => loader.load(map, number));
    if (read === undefined) return false;
    // Of a snapshot that is not in force any more: the decision is asked anew, and asks for another one.
    if (this.#current?.parts?.map !== map || shards.has(address)) return true;
    const taken = this.#rejections.activate(() => shards.onShard(number, read));
    const key = blobKey(address);
    if (taken)
      await this.#rejections.attempt(async () => this.#kept?.keep([key], new Map([[key, read.bytes]])));
    return taken;
  }

  async #load(store: ReadStore, kept: LastKnownGood | undefined): Promise<RefreshResult> {
    const before = this.#rejections.count;
    const recorder = new ReadRecorder(store);
    const candidate = await this.#rejections.attempt(() => this.#candidate(recorder));
    // A store that gave no pointer gives no records either, and each would be waited for.
    if (this.#rejections.storeAway) return 'rejected';
    const services = this.#services(candidate?.snapshot ?? this.#current?.snapshot);
    const records = await this.#recordsOf(recorder, services);
    // No await between these two: another refresh must not come between a snapshot and its endpoints.
    const accepted = [...this.#activate(candidate), ...this.#tell(records)];
    if (kept !== undefined && accepted.length > 0) {
      await this.#rejections.attempt(() => kept.keep(accepted, recorder.seen, this.#partKeys()));
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
    const { root, shards } = await this.#target(store, manifest);
    const read = shards && (await this.#readAhead(store, shards));
    return { pointer, manifest, snapshot: root, parts: shards && read && { map: shards, read } };
  }

  /** Whole, or the root where shards are read; what did not change is not read again. */
  async #target(store: ReadStore, manifest: Manifest): Promise<StoredTarget> {
    const { target, shards } = this.#options;
    const current = this.#current;
    if (current !== undefined && isSameTarget(current.manifest, manifest, target)) {
      return { root: current.snapshot, shards: current.parts?.map };
    }
    if (shards !== undefined) return readTarget(store, manifest, target);
    return { root: await readSnapshot(store, manifest, target), shards: undefined };
  }

  /** The shards of what is in use now, so that a swap takes nothing away from it. Throws SnapshotError. */
  async #readAhead(store: ReadStore, map: ShardMap): Promise<ReadonlyMap<number, ReadShard>> {
    const { shards } = this.#options;
    const wanted = new Set(shards?.domainsInUse().map((domain) => map.shardOf(domain)));
    const numbers = [...wanted].filter((number) => !shards?.has(map.address(number))).slice(0, SHARDS_AHEAD);
    const read = new Map<number, ReadShard>();
    for (let at = 0; at < numbers.length; at += PARALLEL) {
      const some = numbers.slice(at, at + PARALLEL);
      await Promise.all(some.map(async (number) => read.set(number, await readShard(store, map, number))));
    }
    return read;
  }

  #refuseOlder(revision: number): void {
    const floor = Math.max(this.#options.minimumRevision, this.revision + 1);
    if (revision < floor)
      throw new SnapshotError('E_ROLLBACK', `revision ${revision}, at least ${floor} is wanted`);
  }

  #services(snapshot: Snapshot | undefined): string[] {
    const own = snapshot === undefined ? [] : registryServices(snapshot);
    return [...new Set([...own, ...(this.#options.shards?.servicesInUse() ?? [])])];
  }

  async #recordsOf(store: ReadStore, services: readonly string[]): Promise<FreshRecord[]> {
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
    const { manifest, pointer, snapshot, parts } = candidate;
    const activated = this.#rejections.activate(() => {
      this.#options.selfTest?.(snapshot);
      this.#options.onSnapshot(snapshot, manifest.revision, parts);
    });
    if (!activated) return [];
    // What was read ahead is the reader's now.
    this.#current = { ...candidate, parts: parts && { map: parts.map, read: new Map() } };
    this.#endpoints.retain(this.#services(snapshot));
    const { blob } = targetBlob(manifest, this.#options.target);
    const read = [...(parts?.read.keys() ?? [])].map((number) => blobKey(parts?.map.address(number) ?? ''));
    return [blobKey(blob), ...read, manifestKey(pointer.manifest), pointerKey];
  }

  /** `opening` are services that come into use. */
  #tell(records: readonly FreshRecord[], opening: readonly string[] = []): string[] {
    const named = new Set([...this.#services(this.#current?.snapshot), ...opening]);
    const told = records.filter((fresh) => named.has(fresh.record.service) && this.#endpoints.accept(fresh));
    for (const { record } of told) this.#rejections.activate(() => this.#options.onEndpoints(record));
    return told.map(({ record }) => endpointsKey(record.service));
  }

  /** Where the shards in force are stored. */
  #partKeys(): string[] {
    const map = this.#current?.parts?.map;
    return Array.from({ length: map?.count ?? 0 }, (_, number) => blobKey(map?.address(number) ?? ''));
  }
}

function isSameTarget(before: Manifest, after: Manifest, target: string): boolean {
  if (targetBlob(before, target).blob !== targetBlob(after, target).blob) return false;
  const [old, fresh] = [before, after].map((manifest) => shardsOf(manifest, target)?.index);
  return old?.shards === fresh?.shards && old?.filter === fresh?.filter;
}
