import type { RuntimeName } from '../../cli/runtime-paths.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import { installPeerPackages } from '../peer-packages.ts';
import type { RoutingQuestion } from '../process/routing.ts';
import { ROUTERS } from '../routing/router-work.ts';
import { type Stage, startScript, withStage } from '../stage.ts';

type Place = RuntimeName | 'workerd';

const PLACES: readonly Place[] = ['node', 'deno', 'bun', 'workerd'];
/** In the host of `decide`, and in the routers beside it. */
const ROUTES = 1000;
/** Building 100,000 hosts takes longest. */
const ANSWER_MS = 180_000;

/** Sides that are measured in the same rounds, each with its peer. */
interface Group {
  readonly metric: string;
  readonly sides: readonly (readonly [side: string, peer?: string])[];
}

const GROUPS: readonly Group[] = [
  {
    metric: `decide() and bare lookups of the path, ${ROUTES} routes`,
    sides: [
      ['memoirist'],
      ['decide', 'memoirist'],
      ...Object.keys(ROUTERS)
        .filter((router) => router !== 'memoirist')
        .map((router) => [router, 'memoirist'] as const),
    ],
  },
  {
    metric: 'one host: 10, 10,000 and 100,000 routes, and 10,000 tried in order',
    sides: [['growth-10'], ['growth-10k', 'growth-10'], ['growth', 'growth-10'], ['linear', 'growth-10k']],
  },
  { metric: '10 and 100,000 hosts of 10 routes', sides: [['hosts-10'], ['hosts', 'hosts-10']] },
];

/** What a decision costs, and how that grows with routes and hosts. */
export const routing: Benchmark = {
  name: 'routing',
  about: `decides by host, prefix, header and weight among ${ROUTES} routes and more; peer: memoirist on paths alone`,
  rows: PLACES.flatMap((place) => GROUPS.flatMap((group) => sidesOf(group, place).map(([row]) => row))),
  run,
};

async function run(effort: Effort): Promise<readonly string[]> {
  const packages = await installPeerPackages(effort.progress);
  for (const place of PLACES) {
    for (const group of GROUPS) await withStage((stage) => measure(group, place, packages, stage, effort));
  }
  return [
    'published by Envoy, not measured here: 421 to 966 µs for 8,192 routes of one virtual host',
    'workerd is timed from outside, since its clock stands still at work; of routers it has only memoirist',
  ];
}

async function measure(
  group: Group,
  place: Place,
  packages: string,
  stage: Stage,
  effort: Effort,
): Promise<void> {
  const { quick, progress } = effort;
  const sides = sidesOf(group, place);
  if (!sides.some(([row]) => isWanted(row, effort))) return;
  progress(`${place}: ${group.metric}`);
  const measured = sides.map(([name, side, peer]): Side => {
    const child = startChild(place, stage);
    const question: RoutingQuestion = { side, ms: quick ? 40 : 200, packages, routes: ROUTES };
    const sample = async () => ((await child.ask(question, ANSWER_MS)) as { ns: number }).ns;
    return { name, ...(peer !== undefined && { peer }), sample };
  });
  for (const side of measured) await side.sample();
  await compare({ metric: group.metric, unit: 'ns', sides: measured, rounds: quick ? 3 : 11 }, effort);
}

function startChild(place: Place, stage: Stage) {
  if (place === 'workerd') return startScript(stage, 'measured', 'node', './process/routing-workerd.ts');
  return startScript(stage, 'measured', place, './process/routing.ts');
}

/** Names of the rows, their sides, and the names of their peers. */
function sidesOf({ sides }: Group, place: Place): (readonly [row: string, side: string, peer?: string])[] {
  return sides
    .filter(([side]) => place !== 'workerd' || side === 'memoirist' || !(side in ROUTERS))
    .map(([side, peer]) => {
      const row = `${side}/${place}`;
      return peer === undefined ? [row, side] : [row, side, `${peer}/${place}`];
    });
}
