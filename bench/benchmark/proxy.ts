import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type RuntimeName, runtimeCommand } from '../../cli/runtime-paths.ts';
import { Child } from '../child.ts';
import { canReadCpuTime, cpuBetween, threadTimes } from '../cpu-time.ts';
import { haproxyVersion, startHaproxy } from '../haproxy.ts';
import { type Benchmark, compare, type Effort, type Findings, type Row, type Side } from '../harness.ts';
import { createMeshIdentity, type MeshIdentity } from '../mesh-identity.ts';
import { canPin, pinned } from '../pinning.ts';
import type { ProxyPorts, ProxyQuestion } from '../process/weft-proxy.ts';
import { CONNECTIONS, HOPS, type Hop, type HopPlace, loadTarget } from '../proxy-hop.ts';

/** One make of proxy: where each hop enters, and all the processes whose time it costs. */
interface Proxy {
  readonly name: string;
  place(hop: Hop): HopPlace;
}

interface Stage {
  readonly identity: MeshIdentity;
  readonly origin: number;
  readonly load: Child;
  readonly running: { stop(): Promise<void> }[];
}

const RUNTIMES: readonly RuntimeName[] = ['bun', 'deno', 'node'];
const PEER = 'haproxy';

/** What a whole proxy process costs per request. */
export const proxy: Benchmark = {
  name: 'proxy',
  about: 'CPU of a proxy process per request under Bun, Deno and Node; peer: HAProxy, one thread',
  run,
};

async function run(effort: Effort): Promise<Findings> {
  if (!canReadCpuTime())
    throw new Error('the CPU time of processes is read from /proc, which is only on Linux');
  const running: { stop(): Promise<void> }[] = [];
  try {
    return await measure(effort, running);
  } finally {
    await Promise.all(running.map((one) => one.stop()));
  }
}

async function measure(effort: Effort, running: Stage['running']): Promise<Findings> {
  const { quick, only, progress } = effort;
  progress('starting the processes');
  const stage = await buildStage(running);
  const proxies = await Promise.all(RUNTIMES.map((runtime) => startWeft(runtime, stage)));
  const version = haproxyVersion();
  if (version !== undefined) proxies.push(await startPeer(stage));
  const rows: Row[] = [];
  for (const hop of HOPS) {
    const wanted = proxies.filter(
      ({ name }) => name === PEER || only.some((start) => `${hop.name}/${name}`.startsWith(start)),
    );
    if (wanted.every(({ name }) => name === PEER)) continue;
    const sides = wanted.map((one) => side(one, hop, stage, quick));
    progress(`${hop.name}, warming`);
    for (let times = hop.warmups; times > 0; times--) for (const one of sides) await one.sample();
    const comparison = { metric: hop.metric, unit: 'µs', sides: withPeer(sides, hop), rounds: quick ? 5 : 9 };
    rows.push(...(await compare(comparison, progress)));
  }
  return { rows, notes: notes(version, quick) };
}

async function buildStage(running: Stage['running']): Promise<Stage> {
  const around = (name: string) => {
    const child = new Child(name, pinned('around', [...runtimeCommand('bun'), script(`${name}.ts`)]));
    running.push(child);
    return child;
  };
  const { port } = (await around('origin').ask({})) as { port: number };
  return { identity: await createMeshIdentity(), origin: port, load: around('load'), running };
}

/** Two sidecars: the first is measured alone too, the second sends what it gets to the first by mesh TLS. */
async function startWeft(runtime: RuntimeName, { identity, origin, running }: Stage): Promise<Proxy> {
  const { client, server, bundle } = identity;
  const start = async (question: ProxyQuestion) => {
    const command = [...runtimeCommand(runtime), script('weft-proxy.ts')] as const;
    const child = new Child(runtime, pinned('measured', command));
    running.push(child);
    return { pid: child.pid, ports: (await child.ask(question)) as ProxyPorts };
  };
  const near = await start({ origin, svid: server, bundle });
  const far = await start({ origin, mesh: near.ports.mtls, svid: client, bundle });
  return asProxy(runtime, near, far);
}

async function startPeer({ identity, origin, running }: Stage): Promise<Proxy> {
  const near = await startHaproxy(origin, identity);
  const far = await startHaproxy(origin, identity, near.ports.mtls);
  running.push(near, far);
  return asProxy(PEER, near, far);
}

type Started = { readonly pid: number; readonly ports: ProxyPorts };

function asProxy(name: string, near: Started, far: Started): Proxy {
  return {
    name,
    place({ entry }) {
      if (entry === 'chain') return { port: far.ports.plain, pids: [far.pid, near.pid] };
      return { port: near.ports[entry], pids: [near.pid] };
    },
  };
}

/** Connections are opened outside the measured time, unless they are what is measured. */
function side({ name, place }: Proxy, hop: Hop, { identity, load }: Stage, quick: boolean): Side {
  const { port, pids } = place(hop);
  const target = loadTarget(port, hop, identity);
  const count = quick ? hop.count / 2 : hop.count;
  const what = `${hop.name}/${name}`;
  const sample = async () => {
    if (!hop.handshakes) await succeed(load.ask({ kind: 'open', target, connections: CONNECTIONS }), what);
    const before = pids.map(threadTimes);
    const question = hop.handshakes ? { kind: 'handshakes', target, count } : { kind: 'run', count };
    const answered = await succeed(load.ask(question, 60_000), what);
    const spent = pids.reduce((sum, pid, i) => sum + cpuBetween(before[i] ?? new Map(), threadTimes(pid)), 0);
    await load.ask({ kind: 'close' });
    return spent / 1000 / answered;
  };
  return { name: what, sample };
}

/** The number of answers. A single failed request makes the figure worthless. */
async function succeed(asked: Promise<unknown>, what: string): Promise<number> {
  const { answered, failed } = (await asked) as { answered: number; failed: number };
  if (failed > 0 || answered === 0)
    throw new Error(`${what}: ${failed} of ${answered + failed} requests failed`);
  return answered;
}

function withPeer(sides: readonly Side[], hop: Hop): Side[] {
  const peer = `${hop.name}/${PEER}`;
  const hasPeer = sides.some(({ name }) => name === peer);
  return sides.map((one) => (hasPeer && one.name !== peer ? { ...one, peer } : one));
}

function script(file: string): string {
  return fileURLToPath(new URL(`../process/${file}`, import.meta.url));
}

function notes(version: string | undefined, quick: boolean): string[] {
  return [
    `${CONNECTIONS} keep-alive connections`,
    canPin
      ? 'proxies are pinned to core 0, load and origin to core 1'
      : 'nothing is pinned: `taskset` or a second core is missing',
    version === undefined
      ? 'no peer: haproxy is not on PATH (Debian: apt-get install haproxy)'
      : `the peer is ${version}, one thread; it verifies certificates but does not judge SPIFFE IDs`,
    `load average at the end ${loadavg()[0]?.toFixed(1)}; this benchmark alone makes about 2`,
    ...(quick ? ['quick: the runtimes have not compiled all of the code yet, which costs them more'] : []),
  ];
}
