import type { Child } from '../child.ts';
import { type Contender, isPresent, mainContenders, nativeNotes, REFERENCE, relays } from '../contender.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import { machineNotes, measuredLoad, succeed } from '../measured-load.ts';
import type { EchoQuestion } from '../process/echo-load.ts';
import { AUTHORITY } from '../sidecar-snapshot.ts';
import { type Stage, startOrigin, startScript, withStage } from '../stage.ts';
import type { Started } from '../started.ts';

/** What goes through a tunnel; HAProxy's is always one of bytes. */
interface Tunnel {
  /** The first part of the names of its rows. */
  readonly name: string;
  readonly metric: string;
  /** Asks for the tunnel; null where the connection is one. */
  readonly head: string | null;
  /** Bytes of a message, and how many are under way on each connection. */
  readonly bytes: number;
  readonly window: number;
  readonly connections: number;
  /** Messages of one sample. */
  readonly count: number;
}

const UPGRADE = [
  'GET /api/v1/stream HTTP/1.1',
  `Host: ${AUTHORITY}`,
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

const TUNNELS: readonly Tunnel[] = [
  {
    name: 'tunnel/websocket',
    metric: 'throughput per core, messages of 1 KiB each way',
    head: UPGRADE,
    bytes: 1024,
    window: 1,
    connections: 32,
    count: 40_000,
  },
  {
    name: 'tunnel/tcp',
    metric: 'throughput per core, 64 KiB at a time each way',
    head: null,
    bytes: 65_536,
    window: 4,
    connections: 4,
    count: 4_000,
  },
];

const WARMUPS = 3;
/** The relays tell how much of a tunnel's cost is the runtime's. */
const inTunnels: readonly Contender[] = [...mainContenders, ...relays];
const rowName = ({ name }: Tunnel, contender: Pick<Contender, 'name'>): string => `${name}/${contender.name}`;

/** How much a core of the proxy takes through tunnels. */
export const tunnel: Benchmark = {
  name: 'tunnel',
  about: 'bytes through WebSocket and TCP tunnels, plaintext; peer: HAProxy in TCP mode; floors: relays',
  rows: TUNNELS.flatMap((one) => inTunnels.map((contender) => rowName(one, contender))),
  run: (effort) => withStage((stage) => measure(effort, stage)),
};

async function measure(effort: Effort, stage: Stage): Promise<readonly string[]> {
  const { quick, progress } = effort;
  const origin = await startOrigin(stage, 'bun', './process/echo-origin.ts');
  const load = startScript(stage, 'around', 'bun', './process/echo-load.ts');
  const started: (readonly [Contender, Started])[] = [];
  for (const one of inTunnels.filter(isPresent)) {
    const asked = one.name === REFERENCE || TUNNELS.some((kind) => isWanted(rowName(kind, one), effort));
    if (asked) started.push([one, await one.start(stage, origin, progress)]);
  }
  for (const kind of TUNNELS) {
    const wanted = started.filter(([one]) => isWanted(rowName(kind, one), effort));
    if (wanted.length === 0) continue;
    const reference = started.filter((one) => one[0].name === REFERENCE && !wanted.includes(one));
    const sides = [...wanted, ...reference].map(([one, proxy]) => side(one, proxy, kind, load, quick));
    const { metric } = kind;
    await compare({ metric, unit: 'MB/s', sides, warmups: WARMUPS, rounds: quick ? 3 : 7 }, effort);
  }
  return [
    'MB per second of CPU time of the proxy, one direction counted',
    ...nativeNotes().slice(0, 1),
    ...machineNotes(quick),
  ];
}

function side(
  contender: Contender,
  { pid, ports }: Started,
  kind: Tunnel,
  load: Child,
  quick: boolean,
): Side {
  const name = rowName(kind, contender);
  const isReference = contender.name === REFERENCE;
  const port = isReference || kind.head === null ? ports.tcp : ports.plain;
  const { head, bytes, window, connections } = kind;
  const count = quick ? kind.count / 4 : kind.count;
  const ask = (question: EchoQuestion) => question;
  const sample = async () => {
    await succeed(load, ask({ kind: 'open', port, head, connections }), name);
    const run = ask({ kind: 'run', bytes, count, window });
    const { answered, cpu } = await measuredLoad(load, run, [pid], name);
    await load.ask(ask({ kind: 'close' }));
    return (answered * bytes) / cpu;
  };
  return isReference ? { name, sample } : { name, peer: rowName(kind, { name: REFERENCE }), sample };
}
