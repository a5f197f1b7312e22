import { type ClusterChange, clusterChanges } from '../../src/proxy/compare/cluster-changes.ts';
import { clusterText } from '../../src/proxy/compare/differences.ts';
import { type LimitChange, limitChanges } from '../../src/proxy/compare/limit-changes.ts';
import { type Comparison, compareMeshes, type Extent } from '../../src/proxy/compare/mesh-difference.ts';
import { DifferenceGroups } from '../compare/difference-groups.ts';
import { counted, differenceData, groupsText } from '../compare/difference-report.ts';
import { readSides, type Side, type SideFlags } from '../compare/side.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { jsonText } from '../mesh-state.ts';

/** Options of `weft diff`. */
export interface DiffFlags extends SideFlags {
  readonly failOn: 'regression' | 'change' | 'never';
  readonly output: string;
}

/**
 * `weft diff`: which requests change meaning between two configurations. Requests are made from both: around every
 * edge of what is not the same. Exit 81 as `--fail-on` says.
 */
export async function diffCommand(flags: DiffFlags): Promise<void> {
  const sides = await readSides(flags);
  const groups = new DifferenceGroups();
  const [before, after] = sides.map(({ view, judge }) => ({ snapshots: view.snapshots, judge }));
  if (before === undefined || after === undefined) return;
  const extent = compareMeshes(before, after, (comparison) => {
    groups.add(comparison.before, comparison.after, () => exampleOf(comparison));
  });
  const settings = clusterChanges(before.snapshots, after.snapshots);
  const limits = limitChanges(before.snapshots, after.snapshots);
  const found: Found = { groups, extent, settings, limits };
  const text = flags.output === 'json' ? json(found, sides) : report(found, sides);
  process.stdout.write(`${text}\n`);
  const failed =
    flags.failOn === 'never'
      ? 0
      : flags.failOn === 'regression'
        ? groups.count('regression')
        : groups.differing;
  if (failed > 0)
    throw new CommandError(
      `${counted(failed, 'made request')} ${flags.failOn === 'regression' ? 'regress' : 'differ'}`,
      exitCode.regression,
    );
}

function exampleOf({ request, caller, proxies }: Comparison) {
  const { method, url, headers } = request;
  const by = caller.principal ? ` as spiffe://${caller.principal.trustDomain}${caller.principal.path}` : '';
  const from =
    caller.remoteAddress === undefined || caller.remoteAddress === '127.0.0.1'
      ? ''
      : ` from ${caller.remoteAddress}`;
  const claims = caller.claims === undefined ? '' : ` --jwt '${JSON.stringify(caller.claims)}'`;
  const lines = headers.map((line) => ` -H '${line}'`).join('');
  return {
    where: placesText(proxies),
    request: `${method} ${url}${lines}${claims}${by}${from}`,
  };
}

interface Found {
  readonly groups: DifferenceGroups;
  readonly extent: Extent;
  readonly settings: readonly ClusterChange[];
  readonly limits: readonly LimitChange[];
}

function report({ groups, extent, settings, limits }: Found, sides: readonly [Side, Side]): string {
  const names = `${sides[0].name} and ${sides[1].name}`;
  const nothing = groups.differing === 0 && [settings, limits, extent.gone, extent.added].flat().length === 0;
  const head = nothing
    ? `${names} mean the same to every request (${counted(groups.compared, 'request')} made)`
    : `${names} differ for ${groups.differing} of ${counted(groups.compared, 'request')} made around what is not the same`;
  return [
    head,
    ...groupsText(groups, sides),
    ...extent.gone.map((name) => `✖ ${name} is gone`),
    ...extent.added.map((name) => `→ ${name} is new`),
    ...settings.map(settingText),
    ...limits.map(limitText),
    ...extent.cut.map((host) => `not every edge of ${host} was tried: it has too many routes`),
  ].join('\n\n');
}

function settingText({ cluster, field, before, after, proxies }: ClusterChange): string {
  return `→ ${clusterText(cluster)}: ${field} ${short(before)} → ${short(after)}\n      at ${placesText(proxies)}`;
}

function limitText({ limit, field, before, after, proxies }: LimitChange): string {
  const single = field === 'limit';
  const change = before === 'none' ? `is new: ${short(after)}` : `is gone: ${short(before)}`;
  const what = single ? change : `${field} ${short(before)} → ${short(after)}`;
  return `→ rate limit ${limit}${single ? '' : ':'} ${what}\n      at ${placesText(proxies)}`;
}

function placesText([first = '', ...more]: readonly string[]): string {
  return `${first}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function json({ groups, extent, settings, limits }: Found, sides: readonly [Side, Side]): string {
  return jsonText({ ...differenceData(groups, sides), ...extent, settings, limits });
}
