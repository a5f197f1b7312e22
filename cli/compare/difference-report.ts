import type { Difference } from '../../src/proxy/compare/differences.ts';
import type { DifferenceGroup, DifferenceGroups, Example } from './difference-groups.ts';
import { placeText, type Side } from './side.ts';

const GLYPH = { regression: '✖', repair: '✔', change: '→' } as const;

/** Every group with its count, its routes and examples; `noun` is what was compared. */
export function differenceReport(
  found: DifferenceGroups,
  sides: readonly [Side, Side],
  noun: string,
): string {
  const share = found.compared === 0 ? 0 : (found.differing / found.compared) * 100;
  const [before, after] = sides;
  const head = `${counted(found.compared, noun)} compared, ${before.name} with ${after.name}: ${found.differing} differ (${percentText(share)})`;
  return [head, ...groupsText(found, sides)].join('\n\n');
}

/** A paragraph for each group. */
export function groupsText(found: DifferenceGroups, sides: readonly [Side, Side]): string[] {
  return found.groups.map((group) => groupText(group, sides));
}

/** The groups as plain data, with the places of their routes. */
export function differenceData(found: DifferenceGroups, [before, after]: readonly [Side, Side]) {
  return {
    compared: found.compared,
    differing: found.differing,
    regressions: found.count('regression'),
    groups: found.groups.map(({ routes: [was, is], ...group }) => ({
      ...group,
      routes: {
        before: { source: was, place: before.view.sources.get(was) },
        after: { source: is, place: after.view.sources.get(is) },
      },
    })),
  };
}

function groupText(group: DifferenceGroup, [before, after]: readonly [Side, Side]): string {
  const { change, count, routes } = group;
  const lines = group.differences.map((one) => `    ${differenceText(one, one.varies)}`);
  const [was, is] = [routeText(before, routes[0]), routeText(after, routes[1])];
  const moved =
    was === is
      ? was === ''
        ? []
        : [`    by ${was}`]
      : [`    by ${was || 'no route'}, now ${is || 'no route'}`];
  const shown = lines.length > 0 ? lines : ['    of more kinds than are shown'];
  return [
    `${GLYPH[change]} ${change}: ${counted(count, 'request')}`,
    ...shown,
    ...moved,
    ...group.examples.flatMap(exampleText),
  ].join('\n');
}

function routeText(side: Side, source: string): string {
  return source === '' ? '' : `${source} (${placeText(side, source)})`;
}

function exampleText({ where, request, differences }: Example): string[] {
  const own = differences.filter(({ varies }) => varies);
  return [`      ${where}  ${request}`, ...own.map((one) => `          ${differenceText(one, false)}`)];
}

function differenceText({ about, before, after }: Difference, bare: boolean): string {
  if (bare) return `${about} changes`;
  return `${about}: ${before || 'nothing'} → ${after || 'nothing'}`;
}

/** `1 request`, `1204 requests`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A share that is not 0 is not shown as 0. */
function percentText(percent: number): string {
  return percent > 0 && percent < 0.1 ? '< 0.1 %' : `${Math.round(percent * 10) / 10} %`;
}
