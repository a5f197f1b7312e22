import type { RuntimeName } from '../../cli/runtime-paths.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import type { IdentityQuestion } from '../process/identity.ts';
import { type Stage, startScript, withStage } from '../stage.ts';

type Place = RuntimeName | 'workerd';

const RUNTIMES: readonly RuntimeName[] = ['node', 'deno', 'bun'];

/** Sides that are measured in the same rounds, each with its peer. */
interface Group {
  readonly metric: string;
  readonly places: readonly Place[];
  readonly sides: readonly (readonly [side: string, peer?: string])[];
}

const GROUPS: readonly Group[] = [
  { metric: 'leaf minted', places: RUNTIMES, sides: [['bare-mint'], ['mint', 'bare-mint']] },
  {
    metric: 'request signed and verified',
    places: [...RUNTIMES, 'workerd'],
    sides: [['bare-ed25519'], ['signed-hop', 'bare-ed25519']],
  },
];

/** What identity costs: certificates at control, proofs on the way. */
export const identity: Benchmark = {
  name: 'identity',
  about:
    'mints a leaf (peer: bare @peculiar/x509 creation), signs and verifies a request (peer: bare Ed25519 of both)',
  rows: GROUPS.flatMap(({ places, sides }) =>
    places.flatMap((place) => sides.map(([side]) => `${side}/${place}`)),
  ),
  run,
};

async function run(effort: Effort): Promise<readonly string[]> {
  for (const group of GROUPS)
    for (const place of group.places) await withStage((stage) => measure(group, place, stage, effort));
  return [];
}

async function measure(
  { metric, sides: wanted }: Group,
  place: Place,
  stage: Stage,
  effort: Effort,
): Promise<void> {
  const { quick } = effort;
  if (!wanted.some(([side]) => isWanted(`${side}/${place}`, effort))) return;
  const sides = wanted.map(([side, peer]): Side => {
    const child = startChild(place, stage);
    const question: IdentityQuestion = { side, ms: quick ? 100 : 400 };
    const sample = async () => ((await child.ask(question)) as { ns: number }).ns;
    return { name: `${side}/${place}`, ...(peer !== undefined && { peer: `${peer}/${place}` }), sample };
  });
  for (const side of sides) await side.sample();
  await compare({ metric, unit: 'ns', sides, rounds: quick ? 5 : 15 }, effort);
}

function startChild(place: Place, stage: Stage) {
  return place === 'workerd'
    ? startScript(stage, 'measured', 'node', './process/signing-workerd.ts')
    : startScript(stage, 'measured', place, './process/identity.ts');
}
