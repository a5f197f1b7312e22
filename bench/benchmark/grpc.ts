import type { RuntimeName } from '../../cli/runtime-paths.ts';
import type { Child } from '../child.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import { machineNotes, measuredLoad, succeed } from '../measured-load.ts';
import type { GrpcQuestion } from '../process/grpc-load.ts';
import type { ProxyPorts } from '../process/weft-proxy.ts';
import { type Stage, startOrigin, startScript, startWeft, withStage } from '../stage.ts';

const RUNTIMES: readonly RuntimeName[] = ['bun', 'deno', 'node'];
const CONNECTIONS = 4;
const STREAMS = 8;
const CALLS = 8_000;
const WARMUPS = 4;

const ownRow = (runtime: RuntimeName): string => `grpc/${runtime}`;
const peerRow = (runtime: RuntimeName): string => `grpc/http2-${runtime}`;

/** What a unary gRPC call costs. */
export const grpc: Benchmark = {
  name: 'grpc',
  about: 'CPU of a proxy process per unary gRPC call; peer: a bare node:http2 proxy on the same runtime',
  rows: RUNTIMES.flatMap((runtime) => [ownRow(runtime), peerRow(runtime)]),
  run: (effort) => withStage((stage) => measure(effort, stage)),
};

async function measure(effort: Effort, stage: Stage): Promise<readonly string[]> {
  const { quick, progress } = effort;
  progress('starting the processes');
  const origin = await startOrigin(stage, 'node', './process/grpc-origin.ts');
  const load = startScript(stage, 'around', 'node', './process/grpc-load.ts');
  for (const runtime of RUNTIMES) {
    if (!isWanted(ownRow(runtime), effort) && !isWanted(peerRow(runtime), effort)) continue;
    const sides = await startSides(runtime, stage, origin, load, quick);
    const metric = 'CPU per unary gRPC call, plaintext HTTP/2';
    await compare({ metric, unit: 'µs', sides, warmups: WARMUPS, rounds: quick ? 3 : 9 }, effort);
  }
  return [
    `${CONNECTIONS} connections with ${STREAMS} streams each, 100 bytes each way`,
    ...machineNotes(quick),
  ];
}

async function startSides(
  runtime: RuntimeName,
  stage: Stage,
  origin: number,
  load: Child,
  quick: boolean,
): Promise<Side[]> {
  const own = await startWeft(stage, runtime, { origin, protocol: 'http2' });
  const bare = startScript(stage, 'measured', runtime, './peer/http2-proxy.ts');
  const { plain } = (await bare.ask({ origin })) as ProxyPorts;
  const peer = peerRow(runtime);
  return [
    { name: ownRow(runtime), peer, sample: sampler(ownRow(runtime), own.ports.plain, own.pid, load, quick) },
    { name: peer, sample: sampler(peer, plain, bare.pid, load, quick) },
  ];
}

function sampler(name: string, port: number, pid: number, load: Child, quick: boolean): Side['sample'] {
  const ask = (question: GrpcQuestion) => question;
  const count = quick ? CALLS / 2 : CALLS;
  return async () => {
    await succeed(load, ask({ kind: 'open', port, connections: CONNECTIONS }), name);
    const run = ask({ kind: 'run', count, streams: STREAMS });
    const { answered, cpu } = await measuredLoad(load, run, [pid], name);
    await load.ask(ask({ kind: 'close' }));
    return cpu / answered;
  };
}
