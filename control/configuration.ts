import { analyze } from '../src/config/analyze/analyze.ts';
import { compileMesh } from '../src/config/compile/compile.ts';
import type { MeshSettings } from '../src/config/compile/mesh-settings.ts';
import type { Diagnostic } from '../src/config/diagnostic.ts';
import { parseResources } from '../src/config/parse.ts';
import type { Resource } from '../src/config/resource/resource.ts';
import { Exclusive } from './exclusive.ts';
import type { Publisher } from './publisher.ts';
import { type ResourceStore, resourceKey } from './resource-store.ts';

export interface ManifestText {
  readonly file: string;
  readonly text: string;
}

export interface Change {
  /** The revision in force afterwards; absent when the change was refused or nothing was asked to run. */
  readonly revision?: number;
  readonly diagnostics: readonly Diagnostic[];
  /** `Kind namespace/name` of what was written and of what was removed. */
  readonly applied: readonly string[];
  readonly removed: readonly string[];
}

export interface ChangeOptions {
  /** Everything that is not among the files goes. */
  readonly replace?: boolean;
  /** Judge only. */
  readonly dryRun?: boolean;
}

const label = ({ kind, namespace, name }: Resource): string => `${kind} ${namespace}/${name}`;

/** The one place where configuration changes: judge, compile, keep, publish; an error changes nothing. */
export class Configuration {
  readonly #resources: ResourceStore;
  readonly #publisher: Publisher;
  readonly #mesh: MeshSettings;
  readonly #changes = new Exclusive();
  readonly #onChange: (resources: readonly Resource[]) => void;

  constructor(
    resources: ResourceStore,
    publisher: Publisher,
    mesh: MeshSettings,
    onChange: (resources: readonly Resource[]) => void,
  ) {
    this.#resources = resources;
    this.#publisher = publisher;
    this.#mesh = mesh;
    this.#onChange = onChange;
  }

  resources(): Promise<Resource[]> {
    return this.#resources.all();
  }

  /** Adds or replaces the resources of `files`. */
  apply(files: readonly ManifestText[], options: ChangeOptions = {}): Promise<Change> {
    const parsed = parseAll(files);
    return this.#changes.run(async () => {
      if (hasError(parsed.diagnostics)) return refused(parsed.diagnostics);
      const stored = await this.#resources.all();
      const next = merge(options.replace ? [] : stored, parsed.resources);
      const gone = options.replace ? missingFrom(stored, next) : [];
      return this.#commit(next, parsed.resources, gone, parsed.diagnostics, options);
    });
  }

  /** Removes the resources that `files` name, by kind, namespace and name. */
  remove(files: readonly ManifestText[], options: ChangeOptions = {}): Promise<Change> {
    const { resources } = parseAll(files);
    const names = new Set(resources.map(resourceKey));
    return this.#changes.run(async () => {
      const stored = await this.#resources.all();
      const gone = stored.filter((resource) => names.has(resourceKey(resource)));
      const next = stored.filter((resource) => !names.has(resourceKey(resource)));
      return this.#commit(next, [], gone, [], options);
    });
  }

  /** Publishes what is stored; a control that starts over an existing store calls it once. */
  republish(): Promise<Change> {
    return this.#changes.run(async () => this.#commit(await this.#resources.all(), [], [], [], {}));
  }

  async #commit(
    next: readonly Resource[],
    written: readonly Resource[],
    gone: readonly Resource[],
    earlier: readonly Diagnostic[],
    options: ChangeOptions,
  ): Promise<Change> {
    const { snapshots, sources, diagnostics: compiled } = compileMesh(next, this.#mesh);
    const diagnostics = [...earlier, ...analyze(next), ...compiled];
    if (hasError(diagnostics)) return refused(diagnostics);
    const change = { diagnostics, applied: written.map(label), removed: gone.map(label) };
    if (options.dryRun) return change;
    await this.#resources.change(written, gone.map(resourceKey));
    const revision = await this.#publisher.publish(snapshots, sources);
    this.#onChange(next);
    return { ...change, revision };
  }
}

const refused = (diagnostics: readonly Diagnostic[]): Change => ({ diagnostics, applied: [], removed: [] });

const hasError = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

/** Parses every file; of two documents with one name the later stands, with a notice. */
function parseAll(files: readonly ManifestText[]): { resources: Resource[]; diagnostics: Diagnostic[] } {
  const parsed = files.map(({ file, text }) => parseResources(text, file));
  const diagnostics = parsed.flatMap((result) => result.diagnostics);
  const byKey = new Map<string, Resource>();
  for (const resource of parsed.flatMap((result) => result.resources)) {
    const earlier = byKey.get(resourceKey(resource));
    if (earlier) diagnostics.push(replaced(earlier, resource));
    byKey.set(resourceKey(resource), resource);
  }
  return { resources: [...byKey.values()], diagnostics };
}

function replaced(earlier: Resource, later: Resource): Diagnostic {
  const { file, line } = earlier.origin.at([]);
  return {
    code: 'WFT0111',
    severity: 'notice',
    resource: label(later),
    position: later.origin.at([]),
    message: `replaces the document of the same kind and name at ${file}:${line}`,
  };
}

/** `stored` with `written` over it; a resource that was there keeps its place, so "oldest first" stays true. */
function merge(stored: readonly Resource[], written: readonly Resource[]): Resource[] {
  const byKey = new Map([...stored, ...written].map((resource) => [resourceKey(resource), resource]));
  return [...byKey.values()];
}

function missingFrom(stored: readonly Resource[], next: readonly Resource[]): Resource[] {
  const kept = new Set(next.map(resourceKey));
  return stored.filter((resource) => !kept.has(resourceKey(resource)));
}
