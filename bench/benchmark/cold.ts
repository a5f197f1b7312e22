import { canReadCpuTime } from '../cpu-time.ts';
import { type Benchmark, compare, type Effort, type Side } from '../harness.ts';
import { machineNotes } from '../measured-load.ts';
import type { ColdAnswer } from '../process/cold-gateway.ts';
import { startScript, withStage } from '../stage.ts';

const HOSTS = 100_000;
const QUICK_HOSTS = 10_000;
/** Publishing a million routes takes longest. */
const ANSWER_MS = 300_000;

const CPU = 'cold/workerd';
const SMALL = 'cold-small/workerd';
const READS = 'cold-reads/workerd';

/** What the first request of a gateway costs that has loaded nothing yet. */
export const cold: Benchmark = {
  name: 'cold',
  about: `first request for one of ${HOSTS} hosts of 10 routes in a new workerd: CPU of the process, reads of KV`,
  rows: [SMALL, CPU, READS],
  run,
};

async function run(effort: Effort): Promise<readonly string[]> {
  const { quick } = effort;
  if (!canReadCpuTime()) return ['CPU time cannot be read on this system'];
  const hosts = quick ? QUICK_HOSTS : HOSTS;
  const answers: ColdAnswer[] = [];
  const rounds = quick ? 5 : 15;
  await withStage(async (stage) => {
    const [small, large] = [2, hosts].map((count) => {
      const child = startScript(stage, 'around', 'node', './process/cold-gateway.ts');
      return async () => (await child.ask({ hosts: count }, ANSWER_MS)) as ColdAnswer;
    });
    if (small === undefined || large === undefined) return;
    effort.progress(`publishing ${hosts} hosts`);
    const sides: Side[] = [
      { name: SMALL, sample: async () => (await small()).first },
      {
        name: CPU,
        peer: SMALL,
        sample: async () => {
          const answer = await large();
          answers.push(answer);
          return answer.first;
        },
      },
    ];
    const metric = `CPU of the first request, ${hosts} hosts; in a mesh of 2`;
    await compare({ metric, unit: 'ms', sides, rounds, warmups: 1 }, effort);
    const read = answers.values();
    const sample = () => read.next().value?.reads ?? Number.NaN;
    await compare(
      { metric: 'KV reads of the first request', unit: 'reads', sides: [{ name: READS, sample }], rounds },
      effort,
    );
  });
  const [one] = answers;
  return [
    `all threads of workerd; the first request brought ${one?.bytes} bytes from KV, one more for its host cost ${one?.second.toFixed(1)} ms`,
    'reads are pointer, manifest and shard; a host whose endpoints the registry has costs one more for each service',
    ...machineNotes(quick),
  ];
}
