import type { RuntimeName } from '../../cli/runtime-paths.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import type { PolicyQuestion } from '../process/policy.ts';
import { type Stage, startScript, withStage } from '../stage.ts';

const RUNTIMES: readonly RuntimeName[] = ['node', 'deno', 'bun'];

/** Sides that are measured in the same rounds, each with its peer. */
const GROUPS: readonly (readonly (readonly [side: string, peer?: string])[])[] = [
  [['no-policy'], ['policy-5', 'no-policy']],
  [['paths-5'], ['paths-1000', 'paths-5']],
  [['principals-5'], ['principals-1000', 'principals-5']],
  [['deny-5'], ['deny-1000', 'deny-5']],
  [['no-token'], ['token', 'no-token']],
  [['jose-es256'], ['verify-es256', 'jose-es256']],
  [['jose-rs256'], ['verify-rs256', 'jose-rs256']],
];

/** Sides that verify a signature, without a decision. */
const VERIFYING = /^jose-/;

/** What policies and tokens add to a decision, and how that grows with their rules. */
export const policy: Benchmark = {
  name: 'policy',
  about:
    'decides with 1 ALLOW policy of 5 rules, of 1,000, with a known token; verifies new tokens; peer: without, 5 rules, bare jose',
  rows: RUNTIMES.flatMap((runtime) => GROUPS.flatMap((group) => group.map(([side]) => `${side}/${runtime}`))),
  run,
};

async function run(effort: Effort): Promise<readonly string[]> {
  for (const runtime of RUNTIMES)
    for (const group of GROUPS) await withStage((stage) => measure(group, runtime, stage, effort));
  return [];
}

async function measure(
  group: (typeof GROUPS)[number],
  runtime: RuntimeName,
  stage: Stage,
  effort: Effort,
): Promise<void> {
  const { quick } = effort;
  if (!group.some(([side]) => isWanted(`${side}/${runtime}`, effort))) return;
  const sides = group.map(([side, peer]): Side => {
    const child = startScript(stage, 'measured', runtime, './process/policy.ts');
    const question: PolicyQuestion = { side, ms: quick ? 40 : 200 };
    const sample = async () => ((await child.ask(question)) as { ns: number }).ns;
    return { name: `${side}/${runtime}`, ...(peer !== undefined && { peer: `${peer}/${runtime}` }), sample };
  });
  for (const side of sides) await side.sample();
  const metric = VERIFYING.test(group[0]?.[0] ?? '') ? 'token verified' : 'inbound decide()';
  await compare({ metric, unit: 'ns', sides, rounds: quick ? 5 : 15 }, effort);
}
