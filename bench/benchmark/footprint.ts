import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RuntimeName } from '../../cli/runtime-paths.ts';
import { SqliteStore } from '../../src/runtime/store/sqlite.ts';
import { publish } from '../../src/snapshot/publish.ts';
import { generateSigningJwk, importSigningKey, publicJwk } from '../../src/snapshot/signing-key.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { targetName } from '../../src/snapshot/target.ts';
import type { Child } from '../child.ts';
import { canReadCpuTime, cpuBetween, threadTimes } from '../cpu-time.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import { machineNotes, succeed } from '../measured-load.ts';
import { SMALL_BODY } from '../process/body-length.ts';
import type { FootprintQuestion } from '../process/footprint-proxy.ts';
import type { Paced } from '../process/paced-load.ts';
import type { ProxyPorts } from '../process/weft-proxy.ts';
import { CONNECTIONS, loadTarget } from '../proxy-hop.ts';
import { residentMemory } from '../resident-memory.ts';
import { type Stage, startOrigin, startScript, withStage } from '../stage.ts';
import { swapSnapshot } from '../swap-snapshot.ts';
import { wholeInbound } from '../whole-snapshot.ts';

const RUNTIMES: readonly RuntimeName[] = ['bun', 'node', 'deno'];
const RATE = 1000;
const WARM_REQUESTS = 40_000;
const MEGABYTE = 1e6;

/** What a sidecar is told of its configuration. */
type Published = Pick<FootprintQuestion, 'store' | 'key' | 'target'>;

/** What the sides share. */
interface Rig {
  readonly stage: Stage;
  readonly origin: number;
  readonly load: Child;
  readonly published: Published;
  readonly quick: boolean;
}

/** A row's figure of one sidecar that has just started, its load connected by mutual TLS. */
type Measure = (proxy: Child, rig: Rig, row: string) => Promise<number>;

/** What a sidecar takes of its machine. */
export const footprint: Benchmark = {
  name: 'footprint',
  about: `a sidecar with 10,000 routes: resident memory, and CPU at ${RATE} requests/s by mutual TLS`,
  rows: RUNTIMES.flatMap((runtime) => [`rss/${runtime}`, `vcpu/${runtime}`]),
  run: (effort) => withStage((stage) => measure(effort, stage)),
};

async function measure(effort: Effort, stage: Stage): Promise<readonly string[]> {
  if (!canReadCpuTime()) throw new Error('the CPU time of processes is read from /proc: Linux only');
  const origin = await startOrigin(stage, 'bun', './process/origin.ts');
  const load = startScript(stage, 'around', 'bun', './process/load.ts');
  const published = await publishRoutes(stage, origin);
  const rig = { stage, origin, load, published, quick: effort.quick };
  await measureRows('rss', 'resident memory with 10,000 routes', 'MB', residentAfterRequests, rig, effort);
  await measureRows('vcpu', `CPU at ${RATE} requests/s, mutual TLS`, 'vCPU', pacedCpu, rig, effort);
  return [
    'each sample is a new process, which reads, verifies and compiles the publication as a sidecar does',
    'resident memory is that after 1,000 requests by mutual TLS; MB are millions of bytes',
    ...machineNotes(effort.quick),
  ];
}

async function measureRows(
  name: string,
  metric: string,
  unit: string,
  measured: Measure,
  rig: Rig,
  effort: Effort,
): Promise<void> {
  for (const runtime of RUNTIMES) {
    const row = `${name}/${runtime}`;
    if (!isWanted(row, effort)) continue;
    const side: Side = { name: row, sample: () => withSidecar(runtime, rig, row, measured) };
    await compare({ metric, unit, sides: [side], rounds: effort.quick ? 1 : 3 }, effort);
  }
}

/** The publication of a sidecar: 10,000 routes of other services, and its own port with all policy on. */
async function publishRoutes(stage: Stage, origin: number): Promise<Published> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'));
  stage.running.push({ stop: async () => rmSync(folder, { recursive: true }) });
  const store = join(folder, 'publication.sqlite');
  const [routes, own] = [swapSnapshot('sidecar', origin, 0), wholeInbound()];
  const clusters = [...routes.clusters, ...own.clusters];
  const snapshot: Snapshot = { ...routes, inbound: own.inbound, clusters };
  const jwk = await generateSigningJwk();
  const created = Date.now();
  const told = { mesh: 'weft', revision: 1, created, expires: created + 86_400_000, sources: [] };
  await publish(new SqliteStore(store), { ...told, snapshots: [snapshot] }, await importSigningKey(jwk));
  return { store, key: publicJwk(jwk), target: targetName(snapshot.target) };
}

async function withSidecar(runtime: RuntimeName, rig: Rig, row: string, measured: Measure): Promise<number> {
  const { stage, origin, load, published } = rig;
  const { bundle, server: svid } = stage.identity;
  const proxy = startScript(stage, 'measured', runtime, './process/footprint-proxy.ts');
  try {
    const question: FootprintQuestion = { origin, svid, bundle, ...published };
    const { mtls } = (await proxy.ask(question, 60_000)) as ProxyPorts;
    const target = loadTarget(mtls, { entry: 'mtls', body: SMALL_BODY }, stage.identity);
    await succeed(load, { kind: 'open', target, connections: CONNECTIONS }, row);
    return await measured(proxy, rig, row);
  } finally {
    await load.ask({ kind: 'close' });
    await proxy.stop();
  }
}

async function residentAfterRequests(proxy: Child, { load, quick }: Rig, row: string): Promise<number> {
  const paced = (await load.ask({ kind: 'pace', rate: RATE, seconds: 1 }, 120_000)) as Paced;
  if (paced.failed > 0) throw new Error(`${row}: ${paced.failed} requests failed`);
  // Until what the start left behind has been collected, as far as a runtime does that by itself.
  await new Promise((resolve) => setTimeout(resolve, quick ? 1000 : 5000));
  return residentMemory(proxy.pid) / MEGABYTE;
}

async function pacedCpu(proxy: Child, { load, quick }: Rig, row: string): Promise<number> {
  await succeed(load, { kind: 'run', count: WARM_REQUESTS }, row);
  const seconds = quick ? 3 : 10;
  const before = threadTimes(proxy.pid);
  const started = performance.now();
  const paced = (await load.ask({ kind: 'pace', rate: RATE, seconds }, 120_000)) as Paced;
  const wall = performance.now() - started;
  if (paced.failed > 0) throw new Error(`${row}: ${paced.failed} requests failed`);
  return cpuBetween(before, threadTimes(proxy.pid)) / 1e6 / wall;
}
