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

  /** All resources, oldest first. Documents were validated when they came in. */
  async all(): Promise<Resource[]> {
    const keys = await this.#store.list('resource/');
    const documents = await Promise.all(keys.map((key) => this.#read(key)));
    return documents
      .filter((document) => document !== undefined)
      .sort((a, b) => a.order - b.order)
      .flatMap(parseStored);
  }

  /** Replaces the documents of `resources` and removes `removed`. */
  async change(resources: readonly Resource[], removed: readonly string[]): Promise<void> {
    let order = await this.#nextOrder();
    for (const resource of resources) {
      const key = resourceKey(resource);
      const known = await this.#read(key);
      await this.#store.put(key, encoder.encode(JSON.stringify(document(resource, known?.order ?? order++))));
    }
    for (const key of removed) await this.#store.delete(key);
  }

  async #read(key: string): Promise<StoredDocument | undefined> {
    const value = await this.#store.get(key);
    return value ? (JSON.parse(decoder.decode(value)) as StoredDocument) : undefined;
  }

  async #nextOrder(): Promise<number> {
    const keys = await this.#store.list('resource/');
    const documents = await Promise.all(keys.map((key) => this.#read(key)));
    return 1 + Math.max(0, ...documents.map((document) => document?.order ?? 0));
  }
}

function document(resource: Resource, order: number): StoredDocument {
  const { file, line } = resource.origin.at([]);
  return { file, line, text: resource.origin.text, order };
}

/** Leading blank lines put the document back on the line where it stood in its file. */
function parseStored({ file, line, text }: StoredDocument): Resource[] {
  return parseResources('\n'.repeat(line - 1) + text, file).resources;
}
