import { advise } from '../src/config/analyze/analyze.ts';
import { compileMesh } from '../src/config/compile/compile.ts';
import type { MeshSettings } from '../src/config/compile/mesh-settings.ts';
import type { Diagnostic } from '../src/config/diagnostic.ts';
import { diagnostic } from '../src/config/diagnostic-codes.ts';
import { type ManifestText, readConfiguration } from '../src/config/read-configuration.ts';
import type { Resource } from '../src/config/resource/resource.ts';
import type { Log } from '../src/runtime/ports.ts';
import { SnapshotError } from '../src/snapshot/snapshot-error.ts';
import { Exclusive } from './exclusive.ts';
import type { History } from './history/history.ts';
import type { Prepared, Publisher } from './publisher.ts';
import { parseDocuments, type ResourceStore, resourceKey, type Stored } from './resource-store.ts';
import { REDACTED_ANNOTATION } from './shown-text.ts';

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

/** What a change makes of what is stored. */
interface Plan {
  readonly next: readonly Resource[];
  readonly written: readonly Resource[];
  /** Keys of the store. */
  readonly removed: readonly string[];
  readonly gone: readonly Resource[];
  readonly earlier: readonly Diagnostic[];
  /** The revision whose resources and order come back. */
  readonly restored?: number;
}

/** A change that sidecars can read; the gateway's store may still be behind. */
interface Committed {
  readonly change: Change;
  readonly mirrored?: Promise<string | undefined>;
}

const label = ({ kind, namespace, name }: Resource): string => `${kind} ${namespace}/${name}`;

/** The one place where configuration changes: judge, compile, encode, keep, publish; an error changes nothing. */
export class Configuration {
  readonly #resources: ResourceStore;
  readonly #publisher: Publisher;
  readonly #history: History;
  readonly #mesh: MeshSettings;
  readonly #changes = new Exclusive();
  readonly #onChange: (resources: readonly Resource[]) => void;
  readonly #log: Log;

  constructor(
    resources: ResourceStore,
    publisher: Publisher,
    history: History,
    mesh: MeshSettings,
    onChange: (resources: readonly Resource[]) => void,
    log: Log,
  ) {
    this.#resources = resources;
    this.#publisher = publisher;
    this.#history = history;
    this.#mesh = mesh;
    this.#onChange = onChange;
    this.#log = log;
  }

  /** What is stored; documents that cannot be read are logged, too. */
  async stored(): Promise<Stored> {
    const stored = await this.#resources.all();
    for (const [key, [reason]] of stored.unreadable)
      this.#log.error('stored document cannot be read', { key, detail: reason?.message });
    return stored;
  }

  /** Adds or replaces the resources of `files`. */
  apply(files: readonly ManifestText[], options: ChangeOptions = {}): Promise<Change> {
    const parsed = readConfiguration(files);
    const diagnostics = [...parsed.diagnostics, ...redactedSecrets(parsed.resources)];
    return this.#change(diagnostics, options, ({ resources, unreadable }) => {
      const next = merge(options.replace ? [] : resources, parsed.resources);
      const gone = options.replace ? missingFrom(resources, next) : [];
      const lost = options.replace ? [...unreadable.keys()] : [];
      const kept = new Set(next.map(resourceKey));
      const removed = [...gone.map(resourceKey), ...lost.filter((key) => !kept.has(key))];
      return { next, written: parsed.resources, removed, gone };
    });
  }

  /** Removes the resources that `files` name, by kind, namespace and name. */
  remove(files: readonly ManifestText[], options: ChangeOptions = {}): Promise<Change> {
    const parsed = readConfiguration(files);
    const names = new Set(parsed.resources.map(resourceKey));
    return this.#change(parsed.diagnostics, options, ({ resources, unreadable }) => {
      const gone = resources.filter((resource) => names.has(resourceKey(resource)));
      const next = resources.filter((resource) => !names.has(resourceKey(resource)));
      const lost = [...unreadable.keys()].filter((key) => names.has(key));
      return { next, written: [], removed: [...gone.map(resourceKey), ...lost], gone };
    });
  }

  /**
   * Brings the resources of a revision back, in their order of then, under a new revision; undefined when it is
   * not kept. They are judged and compiled anew, so that nothing returns that would be refused today.
   */
  async rollback(revision: number, options: Pick<ChangeOptions, 'dryRun'> = {}): Promise<Change | undefined> {
    const record = await this.#history.at(revision);
    if (!record) return undefined;
    const { resources: next, diagnostics } = parseDocuments(await this.#history.documents(record));
    return this.#change(diagnostics.filter(isError), options, ({ resources, unreadable }) => {
      const known = new Map(resources.map((resource) => [resourceKey(resource), resource.origin.text]));
      const written = next.filter((one) => known.get(resourceKey(one)) !== one.origin.text);
      const gone = missingFrom(resources, next);
      const kept = new Set(next.map(resourceKey));
      const lost = [...unreadable.keys()].filter((key) => !kept.has(key));
      return { next, written, removed: [...gone.map(resourceKey), ...lost], gone, restored: revision };
    });
  }

  /** Publishes what is stored; a control that starts over an existing store calls it once. */
  republish(): Promise<Change> {
    return this.#change([], {}, ({ resources }) => ({ next: resources, written: [], removed: [], gone: [] }));
  }

  /** Runs work during which nothing may be published, after the changes that were asked for before. */
  undisturbed<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#changes.run(task);
  }

  async #change(
    earlier: readonly Diagnostic[],
    options: ChangeOptions,
    plan: (stored: Stored) => Omit<Plan, 'earlier'>,
  ): Promise<Change> {
    const { change, mirrored } = await this.#changes.run(async () => {
      if (hasError(earlier)) return refused(earlier);
      const stored = await this.stored();
      const planned = { ...plan(stored), earlier };
      const unreadable = stillUnreadable(stored, planned);
      if (unreadable.length > 0) return refused([...earlier, ...unreadable]);
      return this.#commit(planned, options);
    });
    // The next change need not wait for the gateway's store, which may be far away.
    const failure = await mirrored;
    return failure === undefined ? change : behind(change, failure);
  }

  async #commit(plan: Plan, options: ChangeOptions): Promise<Committed> {
    const { next, written, removed, gone, earlier, restored } = plan;
    const { snapshots, sources, diagnostics: compiled } = compileMesh(next, this.#mesh);
    const diagnostics = [...earlier, ...advise(next), ...compiled];
    if (hasError(diagnostics)) return refused(diagnostics);
    const prepared = await this.#prepare(snapshots, sources);
    if ('code' in prepared) return refused([...diagnostics, prepared]);
    const change = { diagnostics, applied: written.map(label), removed: gone.map(label) };
    if (options.dryRun) return { change };
    if (restored === undefined) await this.#resources.change(written, removed);
    else await this.#resources.replace(next, removed);
    const published = await this.#publisher.publish(prepared);
    await this.#history.record(published, next, prepared.kept ? undefined : restored);
    this.#onChange(next);
    const { revision } = published;
    return { change: { ...change, revision }, mirrored: this.#publisher.mirror(prepared) };
  }

  /** What readers would refuse is refused here, before anything is stored. */
  async #prepare(...content: Parameters<Publisher['prepare']>): Promise<Prepared | Diagnostic> {
    try {
      return await this.#publisher.prepare(...content);
    } catch (error) {
      if (!(error instanceof SnapshotError) || error.code === 'E_STORE') throw error;
      const message = `the compiled configuration cannot be published: ${error.message}`;
      return diagnostic('WFT0402', { position: nowhere, message });
    }
  }
}

/** Of findings about the mesh as a whole. */
const nowhere = { file: 'mesh', line: 1, column: 1 };

const refused = (diagnostics: readonly Diagnostic[]): Committed => ({
  change: { diagnostics, applied: [], removed: [] },
});

/** What `weft get` printed of a Secret must not take its place. */
function redactedSecrets(resources: readonly Resource[]): Diagnostic[] {
  const redacted = resources.filter(
    ({ kind, annotations }) => kind === 'Secret' && annotations.has(REDACTED_ANNOTATION),
  );
  return redacted.map((secret) =>
    diagnostic('WFT0114', {
      resource: label(secret),
      path: 'metadata.annotations',
      position: secret.origin.at(['metadata', 'annotations', REDACTED_ANNOTATION]),
      message: 'the values of this Secret were taken out when it was printed',
      remedy: 'apply the file that it came from',
    }),
  );
}

/** The reasons of the documents that a plan neither replaces nor removes. */
function stillUnreadable({ unreadable }: Stored, { written, removed }: Plan): Diagnostic[] {
  const touched = new Set([...written.map(resourceKey), ...removed]);
  return [...unreadable].flatMap(([key, reasons]) => (touched.has(key) ? [] : reasons));
}

function behind(change: Change, failure: string): Change {
  const message = `published to sidecars; the gateway's store could not be written yet: ${failure}`;
  const remedy = 'it is tried again until it succeeds';
  const warning = diagnostic('WFT0401', { position: nowhere, message, remedy });
  return { ...change, diagnostics: [...change.diagnostics, warning] };
}

const isError = ({ severity }: Diagnostic): boolean => severity === 'error';

const hasError = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.some(isError);

/** `stored` with `written` over it; a resource that was there keeps its place, so "oldest first" stays true. */
function merge(stored: readonly Resource[], written: readonly Resource[]): Resource[] {
  const byKey = new Map([...stored, ...written].map((resource) => [resourceKey(resource), resource]));
  return [...byKey.values()];
}

function missingFrom(stored: readonly Resource[], next: readonly Resource[]): Resource[] {
  const kept = new Set(next.map(resourceKey));
  return stored.filter((resource) => !kept.has(resourceKey(resource)));
}
