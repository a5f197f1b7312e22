import type { Resource } from '../../src/config/resource/resource.ts';
import type { SwapStore } from '../../src/runtime/ports.ts';
import { contentAddress } from '../../src/snapshot/content-address.ts';
import { SecretSeal } from '../secret-seal.ts';
import { shownText } from '../shown-text.ts';
import { writtenDocument } from '../written-document.ts';
import {
  changeSummary,
  changesBetween,
  type DocumentReference,
  type ResourceChange,
  type RevisionRecord,
  revisionRecord,
} from './revision-record.ts';
import { textDiff } from './text-diff.ts';

/** A revision in the list. */
export interface Revision {
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly summary: string;
  /** Against the revision before it that is still kept. */
  readonly changes: readonly ResourceChange[];
}

/** A resource of a revision with its text. */
export interface HistoricDocument extends Omit<DocumentReference, 'text'> {
  readonly text: string;
}

/** A change with its unified diff. */
export interface ResourceDiff extends ResourceChange {
  readonly diff: string;
}

/** Which publication a record is about. */
export interface Published {
  readonly revision: number;
  readonly created: number;
  /** Content address of its manifest. */
  readonly manifest: string;
}

/** So many revisions are kept. */
const keptRevisions = 100;

const recordPrefix = 'history/';
const textPrefix = 'document/';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Padded, so that the store lists them in order. */
const recordKey = (revision: number): string => `${recordPrefix}${String(revision).padStart(16, '0')}`;

/** What each revision was made of: its resources as they were written, equal texts stored once. */
export class History {
  readonly #store: SwapStore;
  readonly #seal: SecretSeal;

  /** Texts of Secrets are stored sealed. */
  constructor(store: SwapStore, seal: SecretSeal) {
    this.#store = store;
    this.#seal = seal;
  }

  /** Writes down what a revision consists of. Saying it again changes nothing. */
  async record(published: Published, resources: readonly Resource[], restored?: number): Promise<void> {
    const documents: DocumentReference[] = [];
    for (const resource of resources) documents.push(await this.#keepText(resource));
    const earlier = await this.#read(recordKey(published.revision));
    const from = restored ?? earlier?.restored;
    const record = { ...published, ...(from === undefined ? {} : { restored: from }), documents };
    const bytes = encoder.encode(JSON.stringify(record));
    if (earlier && JSON.stringify(earlier) === JSON.stringify(record)) return;
    await this.#store.put(recordKey(published.revision), bytes);
    await this.#trim();
  }

  /** Newest first. */
  async list(): Promise<Revision[]> {
    const records = await this.#records();
    return records.map((record, index) => told(record, records[index - 1])).reverse();
  }

  /** Content addresses of the manifests of all kept revisions. */
  async manifests(): Promise<string[]> {
    return (await this.#records()).map(({ manifest }) => manifest);
  }

  /** Undefined when it is not kept. */
  at(revision: number): Promise<RevisionRecord | undefined> {
    return this.#read(recordKey(revision));
  }

  /** The resources of a record as they were written, oldest first. Rejects when a text is lost. */
  async documents({ documents }: RevisionRecord): Promise<HistoricDocument[]> {
    return Promise.all(documents.map(async (one) => ({ ...one, text: await this.#text(one.text) })));
  }

  /** What a revision changed, with diffs; undefined when it is not kept. */
  async changesOf(revision: number): Promise<(Revision & { diff: ResourceDiff[] }) | undefined> {
    const records = await this.#records();
    const index = records.findIndex((record) => record.revision === revision);
    const [record, before] = [records[index], records[index - 1]];
    if (!record) return undefined;
    return { ...told(record, before), diff: await this.diff(before?.documents ?? [], record.documents) };
  }

  /** The diffs of every resource that differs, as people may see them. */
  async diff(
    before: readonly DocumentReference[],
    after: readonly DocumentReference[],
  ): Promise<ResourceDiff[]> {
    const textOf = async (list: readonly DocumentReference[], { kind, namespace, name }: ResourceChange) => {
      const found = list.find((one) => one.kind === kind && one.namespace === namespace && one.name === name);
      return found ? shownText(kind, await this.#text(found.text)) : '';
    };
    const changes = changesBetween(before, after);
    return Promise.all(
      changes.map(async (change) => ({
        ...change,
        diff: textDiff(await textOf(before, change), await textOf(after, change)),
      })),
    );
  }

  async #keepText(resource: Resource): Promise<DocumentReference> {
    const { kind, namespace, name } = resource;
    const { file, line, text } = writtenDocument(resource);
    const bytes = encoder.encode(kind === 'Secret' ? await this.#seal.seal(text) : text);
    const address = await contentAddress(bytes);
    const key = textPrefix + address;
    if (!(await this.#store.get(key))) await this.#store.put(key, bytes);
    return { kind, namespace, name, file, line, text: address };
  }

  async #text(address: string): Promise<string> {
    const bytes = await this.#store.get(textPrefix + address);
    if (!bytes || (await contentAddress(bytes)) !== address)
      throw new Error(`the text ${address} of the history is lost or damaged`);
    const text = decoder.decode(bytes);
    return SecretSeal.isSealed(text) ? this.#seal.open(text) : text;
  }

  /** Oldest first; a record that cannot be read is left out. */
  async #records(): Promise<RevisionRecord[]> {
    const keys = await this.#store.list(recordPrefix);
    const records = await Promise.all(keys.map((key) => this.#read(key)));
    return records.filter((record) => record !== undefined);
  }

  async #read(key: string): Promise<RevisionRecord | undefined> {
    const bytes = await this.#store.get(key);
    try {
      return bytes && revisionRecord.parse(JSON.parse(decoder.decode(bytes)));
    } catch {
      return undefined;
    }
  }

  /** Renewals of the same content go first, then the oldest; texts that nobody names any more go with them. */
  async #trim(): Promise<void> {
    const records = await this.#records();
    const surplus = records.length - keptRevisions;
    if (surplus <= 0) return;
    const older = records.slice(0, -1);
    const empty = older.filter(
      (one, at) => at > 0 && changesBetween(older[at - 1]?.documents ?? [], one.documents).length === 0,
    );
    const dropped = new Set([...empty, ...older].slice(0, surplus));
    for (const { revision } of dropped) await this.#store.delete(recordKey(revision));
    const named = new Set(
      records
        .filter((one) => !dropped.has(one))
        .flatMap(({ documents }) => documents.map(({ text }) => text)),
    );
    for (const key of await this.#store.list(textPrefix))
      if (!named.has(key.slice(textPrefix.length))) await this.#store.delete(key);
  }
}

function told(
  { revision, created, restored, documents }: RevisionRecord,
  before: RevisionRecord | undefined,
): Revision {
  const changes = changesBetween(before?.documents ?? [], documents);
  return { revision, created, summary: changeSummary(changes, restored), changes };
}
