import { fileURLToPath } from 'node:url';
import { type RuntimeName, runtimeCommand } from '../../cli/runtime-paths.ts';
import { outboundName } from '../../src/http/outbound-name.ts';
import { Child } from '../child.ts';
import { canReadCpuTime, cpuBetween, threadTimes } from '../cpu-time.ts';
import { haproxyVersion, startHaproxy } from '../haproxy.ts';
import { type Benchmark, compare, type Effort, type Findings, type Row, type Side } from '../harness.ts';
import { createMeshIdentity, type MeshIdentity } from '../mesh-identity.ts';
import type { LoadTarget } from '../process/load-connection.ts';
import type { ProxyPorts, ProxyQuestion } from '../process/weft-proxy.ts';
import { requestText } from '../request-text.ts';
import { AUTHORITY, PATH, SERVICE, SERVICE_PORT } from '../sidecar-snapshot.ts';

/** A proxy under load. */
interface Proxy {
  readonly name: string;
  readonly pid: number;
  readonly ports: ProxyPorts;
}

type Hop = keyof ProxyPorts;

const CONNECTIONS = 32;
const RUNTIMES: readonly RuntimeName[] = ['bun', 'deno', 'node'];
const PEER = 'haproxy';
const HOPS: readonly (readonly [Hop, string])[] = [
  ['plain', 'CPU per request, plain'],
  ['mtls', 'CPU per request, mesh mTLS'],
];

/** What a whole proxy process costs per request. */
export const proxy: Benchmark = {
  name: 'proxy',
  about: 'CPU of a proxy process per keep-alive request under Bun, Deno and Node; peer: HAProxy',
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

async function measure(effort: Effort, running: { stop(): Promise<void> }[]): Promise<Findings> {
  const { quick, progress } = effort;
  progress('starting the processes');
  const identity = await createMeshIdentity();
  const start = (name: string, file: string, runtime: RuntimeName = 'node') => {
    const child = new Child(name, [...runtimeCommand(runtime), script(file)]);
    running.push(child);
    return child;
  };
  const { port: origin } = (await start('origin', 'origin.ts').ask({})) as { port: number };
  const load = start('load', 'load.ts');
  const proxies = await Promise.all(
    RUNTIMES.map(async (runtime): Promise<Proxy> => {
      const child = start(runtime, 'weft-proxy.ts', runtime);
      const question: ProxyQuestion = { origin, svid: identity.server, bundle: identity.bundle };
      return { name: runtime, pid: child.pid, ports: (await child.ask(question)) as ProxyPorts };
    }),
  );
  const version = haproxyVersion();
  if (version !== undefined) {
    const peer = await startHaproxy(origin, identity);
    running.push(peer);
    proxies.push({ name: PEER, ...peer });
  }
  const rows: Row[] = [];
  for (const [hop, metric] of HOPS) {
    const sides = proxies.map((one) => side(one, hop, identity, load, quick ? 1_200 : 10_000));
    progress(`${metric}, warming`);
    for (let times = quick ? 1 : 4; times > 0; times--) for (const one of sides) await one.sample();
    rows.push(
      ...(await compare({ metric, unit: 'µs', sides: withPeer(sides), rounds: quick ? 3 : 7 }, progress)),
    );
  }
  return { rows, notes: notes(version, quick) };
}

/** Opens connections, which is not measured, then reads the CPU time around a run of `count` requests. */
function side(
  { name, pid, ports }: Proxy,
  hop: Hop,
  identity: MeshIdentity,
  load: Child,
  count: number,
): Side {
  const target = loadTarget(ports[hop], hop, identity);
  const sample = async () => {
    await succeed(load.ask({ kind: 'open', target, connections: CONNECTIONS }), `${name}, ${hop}`);
    const before = threadTimes(pid);
    const answered = await succeed(load.ask({ kind: 'run', count }, 60_000), `${name}, ${hop}`);
    const spent = cpuBetween(before, threadTimes(pid));
    await load.ask({ kind: 'close' });
    return spent / 1000 / answered;
  };
  return { name, sample };
}

/** The number of answers. A single failed request makes the figure worthless. */
async function succeed(asked: Promise<unknown>, what: string): Promise<number> {
  const { answered, failed } = (await asked) as { answered: number; failed: number };
  if (failed > 0 || answered === 0)
    throw new Error(`${what}: ${failed} of ${answered + failed} requests failed`);
  return answered;
}

function withPeer(sides: readonly Side[]): Side[] {
  const hasPeer = sides.some(({ name }) => name === PEER);
  return sides.map((one) => (hasPeer && one.name !== PEER ? { ...one, peer: PEER } : one));
}

function loadTarget(port: number, hop: Hop, { client, bundle }: MeshIdentity): LoadTarget {
  const request = requestText(AUTHORITY, PATH);
  if (hop === 'plain') return { port, request };
  const serverName = outboundName(SERVICE_PORT, '', SERVICE);
  const { chainPem: chain, keyPem: key } = client;
  return { port, request, tls: { serverName, chain, key, roots: bundle.rootsPem } };
}

function script(file: string): string {
  return fileURLToPath(new URL(`../process/${file}`, import.meta.url));
}

function notes(version: string | undefined, quick: boolean): string[] {
  return [
    `${CONNECTIONS} connections, 128-byte bodies, all processes on the same cores, no pinning`,
    version === undefined
      ? 'no peer: haproxy is not on PATH (Debian: apt-get install haproxy)'
      : `the peer is ${version}, one thread; it verifies certificates but does not judge SPIFFE IDs`,
    ...(quick
      ? ['quick: the runtimes have hardly compiled the code yet, which costs them up to twice as much']
      : []),
  ];
}
