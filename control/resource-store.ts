import type { Diagnostic } from '../src/config/diagnostic.ts';
import { diagnostic } from '../src/config/diagnostic-codes.ts';
import { parseResources } from '../src/config/parse.ts';
import type { Resource } from '../src/config/resource/resource.ts';
import type { SwapStore } from '../src/runtime/ports.ts';
import { SecretSeal } from './secret-seal.ts';
import { asFile, type WrittenDocument, writtenDocument } from './written-document.ts';

/** `order` is when it first came: "oldest first" breaks ties by it. */
interface StoredDocument extends WrittenDocument {
  readonly order: number;
}

/** What the store holds. Without all of it nothing may be published: a policy could be what is missing. */
export interface Stored {
  /** Oldest first. */
  readonly resources: Resource[];
  /** Why documents cannot be read, by their key: an error for each. */
  readonly unreadable: ReadonlyMap<string, readonly Diagnostic[]>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a resource is known by. */
interface Named {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export const resourceKey = (resource: Named): string =>
  `resource/${resource.kind}/${resource.namespace}/${resource.name}`;

/** The resources in force, kept as the text that was applied so that positions stay true. */
export class ResourceStore {
  readonly #store: SwapStore;
  readonly #seal: SecretSeal;

  /** Texts of Secrets are stored sealed. */
  constructor(store: SwapStore, seal: SecretSeal) {
    this.#store = store;
    this.#seal = seal;
  }

  /** Documents were valid when they came in; a later version of this program may judge them otherwise. */
  async all(): Promise<Stored> {
    const keys = await this.#store.list('resource/');
    const found: { order: number; resource: Resource }[] = [];
    const unreadable = new Map<string, readonly Diagnostic[]>();
    for (const key of keys) {
      const document = await this.#read(key).catch(() => undefined);
      const parsed = document ? parseStored(document, key) : [corrupt(key, 'it is damaged')];
      if (Array.isArray(parsed)) unreadable.set(key, parsed);
      else found.push({ order: document?.order ?? 0, resource: parsed });
    }
    found.sort((a, b) => a.order - b.order);
    return { resources: found.map(({ resource }) => resource), unreadable };
  }

  /** Replaces the documents of `resources` and removes `removed`. */
  async change(resources: readonly Resource[], removed: readonly string[]): Promise<void> {
    let order = await this.#nextOrder();
    for (const resource of resources) {
      const key = resourceKey(resource);
      const known = await this.#read(key).catch(() => undefined);
      await this.#write(resource, known?.order ?? order++);
    }
    for (const key of removed) await this.#store.delete(key);
  }

  /** Makes `resources` all there is, in this order; `removed` are the other keys. */
  async replace(resources: readonly Resource[], removed: readonly string[]): Promise<void> {
    for (const [index, resource] of resources.entries()) await this.#write(resource, index + 1);
    for (const key of removed) await this.#store.delete(key);
  }

  async #write(resource: Resource, order: number): Promise<void> {
    const { text, ...place } = writtenDocument(resource);
    const kept = resource.kind === 'Secret' ? await this.#seal.seal(text) : text;
    const document: StoredDocument = { ...place, text: kept, order };
    await this.#store.put(resourceKey(resource), encoder.encode(JSON.stringify(document)));
  }

  async #read(key: string): Promise<StoredDocument | undefined> {
    const value = await this.#store.get(key);
    if (!value) return undefined;
    const document = readDocument(JSON.parse(decoder.decode(value)));
    if (!SecretSeal.isSealed(document.text)) return document;
    return { ...document, text: await this.#seal.open(document.text) };
  }

  async #nextOrder(): Promise<number> {
    const keys = await this.#store.list('resource/');
    const documents = await Promise.all(keys.map((key) => this.#read(key).catch(() => undefined)));
    return 1 + Math.max(0, ...documents.map((document) => document?.order ?? 0));
  }
}

/** Documents of the history as the resources that they were, and why those cannot be read that were valid once. */
export function parseDocuments(documents: readonly (WrittenDocument & Named)[]): {
  readonly resources: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const read = documents.map((document) => parseStored(document, resourceKey(document)));
  return {
    resources: read.flatMap((one) => (Array.isArray(one) ? [] : [one])),
    diagnostics: read.flatMap((one) => (Array.isArray(one) ? one : [])),
  };
}

function readDocument(value: unknown): StoredDocument {
  const { file, line, text, order } = Object(value) as Partial<Record<keyof StoredDocument, unknown>>;
  if (typeof file !== 'string' || typeof text !== 'string') throw new Error('no document');
  if (typeof line !== 'number' || typeof order !== 'number') throw new Error('no document');
  return { file, line, text, order };
}

/** The resource with the text that was applied, or why it cannot be read. */
function parseStored(document: WrittenDocument, key: string): Resource | Diagnostic[] {
  const { file, line, text } = document;
  const { resources, diagnostics } = parseResources(asFile(document), file);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const resource = resources.find((one) => resourceKey(one) === key);
  if (errors.length === 0 && resource)
    return { ...resource, origin: { text, at: (path) => resource.origin.at(path) } };
  return [corrupt(key, `its text from ${file}:${line} is not valid any more`), ...errors];
}

function corrupt(key: string, why: string): Diagnostic {
  const [, kind = '', namespace = '', name = ''] = key.split('/');
  return diagnostic('WFT0403', {
    resource: `${kind} ${namespace}/${name}`,
    position: { file: key, line: 1, column: 1 },
    message: `the stored document cannot be read: ${why}; nothing is published without it`,
    remedy: 'apply it anew, remove it, or apply everything with --replace',
  });
}
