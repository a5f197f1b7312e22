import { existsSync } from 'node:fs';
import { Judge } from '../../src/proxy/compare/judge.ts';
import type { Meaning } from '../../src/proxy/compare/meaning.ts';
import { type GatewayKind, MeshPath } from '../../src/proxy/explain/mesh-path.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { type MeshView, meshAt, meshOfFiles, runningMesh } from '../explain/mesh-view.ts';
import { type Question, stopOf } from '../explain/question.ts';

/** One of two configurations that are compared. */
export interface Side {
  readonly view: MeshView;
  readonly judge: Judge;
  /** For people: `revision 7`, `mesh/`. */
  readonly name: string;
}

/** Where the two configurations come from. */
export interface SideFlags {
  readonly old: readonly string[];
  readonly new: readonly string[];
  readonly filename: readonly string[];
  readonly state: string;
  readonly gateway: GatewayKind;
}

/** `--old` and `--new` (or `-f`); what is in force stands for the one that is not given. Throws CommandError. */
export async function readSides(flags: SideFlags): Promise<readonly [before: Side, after: Side]> {
  const after = [...flags.new, ...flags.filename];
  if (flags.old.length === 0 && after.length === 0)
    throw new CommandError(
      'name a configuration: --new or -f, and --old or the running mesh',
      exitCode.usage,
    );
  return [await readSide(flags.old, flags), await readSide(after, flags)];
}

/** What a configuration does with a request. Throws CommandError for a request that nobody could send. */
export function meaningOf({ judge, view }: Side, question: Question): Meaning {
  const stop = stopOf(question, view.snapshots, judge.path);
  if (!('cause' in stop)) return judge.meaning(stop, question);
  const { status, message } = stop;
  return { status, details: message, by: 'the first proxy', shares: [], route: '', effects: [] };
}

/** Where a route or rule is written: `reviews.yaml:12`. */
export function placeText({ view }: Side, source: string): string {
  const place = view.sources.get(source);
  return place ? `${place.file}:${place.line}` : source;
}

/** A sole number that is no file is a revision of the history. */
async function readSide(
  paths: readonly string[],
  { state, gateway }: Pick<SideFlags, 'state' | 'gateway'>,
): Promise<Side> {
  const [first = '', ...more] = paths;
  const revision = more.length === 0 && /^[1-9]\d{0,14}$/.test(first) && !existsSync(first);
  const view = revision
    ? await meshAt(Number(first), state)
    : paths.length > 0
      ? meshOfFiles(paths)
      : await runningMesh(state);
  const name = view.revision > 0 ? `revision ${view.revision}` : paths.join(' ');
  return { view, judge: new Judge(new MeshPath(view.snapshots.values(), gateway)), name };
}
