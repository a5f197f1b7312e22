import type { Diagnostic } from '../src/config/diagnostic.ts';
import { diagnostic } from '../src/config/diagnostic-codes.ts';
import { parseResources } from '../src/config/parse.ts';
import type { Resource } from '../src/config/resource/resource.ts';
import type { SwapStore } from '../src/runtime/ports.ts';

/** A document as it was applied. `order` is when it first came: "oldest first" breaks ties by it. */
interface StoredDocument {
  readonly file: string;
  /** 1-based line on which the document began. */
  readonly line: number;
  readonly text: string;
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

export const resourceKey = (resource: Pick<Resource, 'kind' | 'namespace' | 'name'>): string =>
  `resource/${resource.kind}/${resource.namespace}/${resource.name}`;

/** The resources in force, kept as the text that was applied so that positions stay true. */
export class ResourceStore {
  readonly #store: SwapStore;

  constructor(store: SwapStore) {
    this.#store = store;
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
      await this.#store.put(key, encoder.encode(JSON.stringify(document(resource, known?.order ?? order++))));
    }
    for (const key of removed) await this.#store.delete(key);
  }

  async #read(key: string): Promise<StoredDocument | undefined> {
    const value = await this.#store.get(key);
    return value ? readDocument(JSON.parse(decoder.decode(value))) : undefined;
  }

  async #nextOrder(): Promise<number> {
    const keys = await this.#store.list('resource/');
    const documents = await Promise.all(keys.map((key) => this.#read(key).catch(() => undefined)));
    return 1 + Math.max(0, ...documents.map((document) => document?.order ?? 0));
  }
}

function document(resource: Resource, order: number): StoredDocument {
  const { file, line } = resource.origin.at([]);
  return { file, line, text: resource.origin.text, order };
}

function readDocument(value: unknown): StoredDocument {
  const { file, line, text, order } = Object(value) as Partial<Record<keyof StoredDocument, unknown>>;
  if (typeof file !== 'string' || typeof text !== 'string') throw new Error('no document');
  if (typeof line !== 'number' || typeof order !== 'number') throw new Error('no document');
  return { file, line, text, order };
}

/** The resource, or why it cannot be read. Leading blank lines put it back on the line where it stood. */
function parseStored({ file, line, text }: StoredDocument, key: string): Resource | Diagnostic[] {
  const { resources, diagnostics } = parseResources('\n'.repeat(Math.max(0, line - 1)) + text, file);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const resource = resources.find((one) => resourceKey(one) === key);
  if (errors.length === 0 && resource) return resource;
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
