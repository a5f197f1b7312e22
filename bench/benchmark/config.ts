import { parseAllDocuments } from 'yaml';
import { analyze } from '../../src/config/analyze/analyze.ts';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { parseResources } from '../../src/config/parse.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import { type Benchmark, compare, type Effort, isWanted } from '../harness.ts';
import { meshFiles } from '../mesh-text.ts';

const SMALL = 100;
const LARGE = 10_000;
const STEPS = ['validate', 'analyze', 'compile'] as const;
const TOGETHER = 'config/together';
const YAML = 'config/yaml';

type Step = (typeof STEPS)[number];

/** What reading, judging and compiling resources costs, and how that grows with their number. */
export const config: Benchmark = {
  name: 'config',
  about: 'reads, analyses and compiles 100 and 10,000 resources; peers: the same of 100, the bare yaml parse',
  rows: [...STEPS.flatMap((step) => [rowName(step, SMALL), rowName(step, LARGE)]), YAML, TOGETHER],
  run,
};

async function run(effort: Effort): Promise<readonly string[]> {
  const large = effort.quick ? LARGE / 10 : LARGE;
  for (const step of STEPS) {
    if (isWanted(rowName(step, LARGE), effort)) await measureGrowth(step, large, effort);
  }
  if (isWanted(TOGETHER, effort)) await measureTogether(large, effort);
  return [
    `five resources for each of ${large / 5} applications in teams of 20 that see their own; compile makes every sidecar's snapshot; 100 is ${large / SMALL} meshes of a hundred`,
    ...(effort.quick ? [`quick: ${large} resources stand for 10,000`] : []),
  ];
}

async function measureGrowth(step: Step, large: number, effort: Effort): Promise<void> {
  const [few, many] = [workOf(step, SMALL, large / SMALL), workOf(step, large, 1)];
  few();
  many();
  const small = rowName(step, SMALL);
  await compare(
    {
      metric: `${step}, per resource`,
      unit: 'µs',
      sides: [
        { name: small, sample: () => perResource(few, large) },
        { name: rowName(step, LARGE), peer: small, sample: () => perResource(many, large) },
      ],
      rounds: effort.quick ? 3 : 5,
    },
    effort,
  );
}

async function measureTogether(large: number, effort: Effort): Promise<void> {
  const files = meshFiles(large);
  const bare = () =>
    files.reduce((sum, text) => sum + parseAllDocuments(text).map((d) => d.toJS()).length, 0);
  const together = () => {
    const resources = read(files);
    return analyze(resources).length + compileMesh(resources, defaultMeshSettings).snapshots.length;
  };
  await compare(
    {
      metric: 'parse, validate, analyze and compile, per resource',
      unit: 'µs',
      sides: [
        { name: YAML, sample: () => perResource(bare, large) },
        { name: TOGETHER, peer: YAML, sample: () => perResource(together, large) },
      ],
      rounds: effort.quick ? 3 : 5,
    },
    effort,
  );
}

function rowName(step: Step, count: number): string {
  return `config/${step}-${count}`;
}

/**
 * A step on so many meshes of a size, one after the other; the steps before it are done already. Small meshes
 * are as many resources as the large one: otherwise processor caches, not the steps, make the difference.
 */
function workOf(step: Step, size: number, meshes: number): () => number {
  const files = meshFiles(size);
  const one: (resources: Resource[]) => number =
    step === 'analyze'
      ? (resources) => analyze(resources).length
      : (resources) => compileMesh(resources, defaultMeshSettings).snapshots.length;
  const all = Array.from({ length: meshes }, () => (step === 'validate' ? [] : read(files)));
  const work = step === 'validate' ? () => read(files).length : one;
  return () => all.reduce((sum, resources) => sum + work(resources), 0);
}

/** Resources of which none may be wrong: refusing is cheaper. */
function read(files: readonly string[]): Resource[] {
  return files.flatMap((text, i) => {
    const { resources, diagnostics } = parseResources(text, `${i}.yaml`);
    const wrong = diagnostics.find(({ severity }) => severity === 'error');
    if (wrong) throw new Error(`the text of the benchmark is wrong: ${wrong.message}`);
    return resources;
  });
}

let kept = 0;

/** Microseconds for each of so many resources. */
function perResource(work: () => number, count: number): number {
  const started = performance.now();
  kept += work();
  const elapsed = performance.now() - started;
  if (!Number.isFinite(kept)) throw new RangeError('the work gave no number');
  return (elapsed * 1000) / count;
}
