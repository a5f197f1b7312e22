import type { RuntimeName } from '../../cli/runtime-paths.ts';
import type { Child } from '../child.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import { machineNotes, succeed } from '../measured-load.ts';
import { SMALL_BODY } from '../process/body-length.ts';
import type { Paced } from '../process/paced-load.ts';
import { loadTarget } from '../proxy-hop.ts';
import { type Stage, startOrigin, startScript, withStage } from '../stage.ts';
import type { Kind } from '../swap-snapshot.ts';

const RATE = 1000;
const CONNECTIONS = 64;
const WARM_REQUESTS = 40_000;
/** One publication, all of whose 10,000 routes are new, this often. */
const EVERY_MS = 2000;

const RUNTIMES: readonly RuntimeName[] = ['bun', 'node', 'deno'];
const KINDS: readonly (readonly [kind: Kind, swap: string, still: string])[] = [
  ['gateway', 'swap', 'still'],
  ['sidecar', 'swap-sidecar', 'still-sidecar'],
];

/** What new configuration does to the requests that are under way. */
export const swap: Benchmark = {
  name: 'swap',
  about: `p99 at ${RATE} requests/s while 10,000 routes are swapped every ${EVERY_MS / 1000} s, against none`,
  rows: RUNTIMES.flatMap((runtime) =>
    KINDS.flatMap(([, ...names]) => names.map((name) => `${name}/${runtime}`)),
  ),
  run: (effort) => withStage((stage) => measure(effort, stage)),
};

async function measure(effort: Effort, stage: Stage): Promise<readonly string[]> {
  const origin = await startOrigin(stage, 'bun', './process/origin.ts');
  const load = startScript(stage, 'around', 'bun', './process/load.ts');
  for (const runtime of RUNTIMES) {
    for (const [kind, swapped, still] of KINDS) {
      const [row, peer] = [`${swapped}/${runtime}`, `${still}/${runtime}`];
      if (!isWanted(row, effort) && !isWanted(peer, effort)) continue;
      effort.progress(`warming ${row}`);
      const proxy = startScript(stage, 'measured', runtime, './process/swap-proxy.ts');
      const { port } = (await proxy.ask({ ask: 'start', kind, origin }, 60_000)) as { port: number };
      const open = {
        kind: 'open',
        target: loadTarget(port, { entry: 'plain', body: SMALL_BODY }, stage.identity),
      };
      await succeed(load, { ...open, connections: CONNECTIONS }, row);
      await succeed(load, { kind: 'run', count: WARM_REQUESTS }, row);
      const seconds = effort.quick ? 4 : 8;
      const swaps = Math.floor((seconds * 1000) / EVERY_MS) - 1;
      const sides: Side[] = [
        { name: peer, sample: () => p99(load, seconds, row) },
        { name: row, peer, sample: () => p99(load, seconds, row, { proxy, swaps }) },
      ];
      const metric = `p99 at ${RATE} requests/s, ${kind}; 10,000 routes swapped every ${EVERY_MS / 1000} s`;
      await compare({ metric, unit: 'ms', sides, rounds: effort.quick ? 2 : 5, warmups: 1 }, effort);
      await load.ask({ kind: 'close' });
      await proxy.stop();
    }
  }
  return [
    'a single failed request fails its row; the proxy reads, verifies and activates each publication as it always does',
    'a gateway takes its hosts in shards, a sidecar as a whole',
    ...machineNotes(effort.quick),
  ];
}

async function p99(
  load: Child,
  seconds: number,
  what: string,
  during?: { readonly proxy: Child; readonly swaps: number },
): Promise<number> {
  await during?.proxy.ask({ ask: 'prepare', swaps: during.swaps }, 60_000);
  const swapping = during?.proxy.ask({ ask: 'swap', everyMs: EVERY_MS }, 60_000);
  const paced = (await load.ask({ kind: 'pace', rate: RATE, seconds }, 120_000)) as Paced;
  await swapping;
  if (paced.failed > 0) throw new Error(`${what}: ${paced.failed} requests failed`);
  return paced.p99;
}
