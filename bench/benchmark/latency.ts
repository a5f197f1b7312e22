import type { Child } from '../child.ts';
import { type Contender, contenders, isPresent, nativeNotes, REFERENCE } from '../contender.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import { machineNotes, succeed } from '../measured-load.ts';
import { SMALL_BODY } from '../process/body-length.ts';
import type { Paced } from '../process/paced-load.ts';
import { loadTarget } from '../proxy-hop.ts';
import { type Stage, startOrigin, startScript, withStage } from '../stage.ts';

const RATE = 1000;
/** So many that a request finds one free unless the proxy stalls for this many ms. */
const CONNECTIONS = 64;
const WARM_REQUESTS = 40_000;

const measured = contenders.filter(({ kind }) => kind !== 'script');
const rowName = ({ name }: Contender): string => `p99/${name}`;

/** How long the slowest of 100 requests takes when the proxy is not at its limit. */
export const latency: Benchmark = {
  name: 'latency',
  about: `p99 at ${RATE} requests/s with mutual TLS in, against HAProxy's`,
  rows: measured.map(rowName),
  run: (effort) => withStage((stage) => measure(effort, stage)),
};

async function measure(effort: Effort, stage: Stage): Promise<readonly string[]> {
  const { quick, progress } = effort;
  progress('starting the processes');
  const origin = await startOrigin(stage, 'bun', './process/origin.ts');
  const load = startScript(stage, 'around', 'bun', './process/load.ts');
  const asked = measured.filter((one) => one.name === REFERENCE || isWanted(rowName(one), effort));
  const waited = new Map<string, number>();
  const sides: Side[] = [];
  for (const contender of asked.filter(isPresent)) {
    const { ports } = await contender.start(stage, origin, progress);
    const one = side(rowName(contender), ports.mtls, stage, load, waited, quick ? 2 : 6);
    progress(`warming ${one.name}`);
    await warm(one.name, ports.mtls, stage, load);
    sides.push(one);
  }
  const peer = rowName({ name: REFERENCE } as Contender);
  const hasPeer = sides.some(({ name }) => name === peer);
  const compared = sides.map((one) => (hasPeer && one.name !== peer ? { ...one, peer } : one));
  const metric = `p99 at ${RATE} requests/s, mutual TLS in`;
  await compare({ metric, unit: 'ms', sides: compared, rounds: quick ? 3 : 7 }, effort);
  return notes(waited, quick);
}

function target(port: number, { identity }: Stage) {
  return loadTarget(port, { entry: 'mtls', body: SMALL_BODY }, identity);
}

/** Engines compile what is called often: a rate of 1,000 a second alone would take a minute to warm them. */
async function warm(name: string, port: number, stage: Stage, load: Child): Promise<void> {
  await succeed(load, { kind: 'open', target: target(port, stage), connections: CONNECTIONS }, name);
  await succeed(load, { kind: 'run', count: WARM_REQUESTS }, name);
  await load.ask({ kind: 'close' });
}

function side(
  name: string,
  port: number,
  stage: Stage,
  load: Child,
  waited: Map<string, number>,
  seconds: number,
): Side {
  const sample = async () => {
    await succeed(load, { kind: 'open', target: target(port, stage), connections: CONNECTIONS }, name);
    const paced = (await load.ask({ kind: 'pace', rate: RATE, seconds }, 120_000)) as Paced;
    await load.ask({ kind: 'close' });
    if (paced.failed > 0) throw new Error(`${name}: ${paced.failed} requests failed`);
    waited.set(name, (waited.get(name) ?? 0) + paced.waited);
    return paced.p99;
  };
  return { name, sample };
}

function notes(waited: ReadonlyMap<string, number>, quick: boolean): string[] {
  const stalled = [...waited].filter(([, count]) => count > 0);
  return [
    `${CONNECTIONS} keep-alive connections; requests are sent by the clock, whatever is answered`,
    ...stalled.map(([name, count]) => `${name}: ${count} requests waited for a connection, which counts`),
    ...nativeNotes(),
    ...machineNotes(quick),
  ];
}
