import type { Child } from '../child.ts';
import { type Contender, isPresent, mainContenders } from '../contender.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import { machineNotes, succeed } from '../measured-load.ts';
import { SMALL_BODY } from '../process/body-length.ts';
import { CONNECTIONS, loadTarget } from '../proxy-hop.ts';
import { residentMemory } from '../resident-memory.ts';
import { type Stage, startOrigin, startScript, withStage } from '../stage.ts';

interface Hold {
  /** The first part of the names of its rows. */
  readonly name: string;
  readonly metric: string;
  readonly entry: 'plain' | 'mtls';
}

const HELD = 10_000;
const WARM_REQUESTS = 40_000;
/** Until what the opening left behind has been collected, as far as a runtime does that by itself. */
const SETTLE_MS = 3_000;

const HOLDS: readonly Hold[] = [
  { name: 'idle', metric: `memory per connection, ${HELD} idle`, entry: 'plain' },
  { name: 'idle-mtls', metric: 'the same, mutual TLS', entry: 'mtls' },
];
const rowName = ({ name }: Hold, contender: Contender): string => `${name}/${contender.name}`;

/** What a connection costs that nobody uses. */
export const idle: Benchmark = {
  name: 'idle',
  about: `resident memory per connection with ${HELD} of them, each idle after one answer`,
  rows: HOLDS.flatMap((hold) => mainContenders.map((one) => rowName(hold, one))),
  run: (effort) => withStage((stage) => measure(effort, stage)),
};

async function measure(effort: Effort, stage: Stage): Promise<readonly string[]> {
  const origin = await startOrigin(stage, 'bun', './process/origin.ts');
  const load = startScript(stage, 'around', 'bun', './process/load.ts');
  for (const hold of HOLDS) {
    const asked = mainContenders.filter((one) => isWanted(rowName(hold, one), effort) && isPresent(one));
    for (const one of asked) {
      const sides = [side(one, hold, stage, origin, load)];
      await compare({ metric: hold.metric, unit: 'KiB', sides, rounds: effort.quick ? 1 : 3 }, effort);
    }
  }
  return [
    'each sample is a new process, warmed over fewer connections first; what the kernel keeps is not counted',
    ...machineNotes(effort.quick),
  ];
}

function side(contender: Contender, hold: Hold, stage: Stage, origin: number, load: Child): Side {
  const name = rowName(hold, contender);
  const sample = async () => {
    const proxy = await contender.start(stage, origin, () => undefined);
    const body = SMALL_BODY;
    const target = loadTarget(proxy.ports[hold.entry], { entry: hold.entry, body }, stage.identity);
    await succeed(load, { kind: 'open', target, connections: CONNECTIONS }, name);
    await succeed(load, { kind: 'run', count: WARM_REQUESTS }, name);
    await load.ask({ kind: 'close' });
    await settle();
    const before = residentMemory(proxy.pid);
    await succeed(load, { kind: 'open', target, connections: HELD }, name);
    await settle();
    const held = residentMemory(proxy.pid) - before;
    // All of them must still be there, or the figure is of fewer.
    await succeed(load, { kind: 'probe' }, name);
    await load.ask({ kind: 'close' });
    await proxy.stop();
    return held / HELD / 1024;
  };
  return { name, sample };
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}
