import type { RuntimeName } from '../cli/runtime-paths.ts';
import { caddy } from './peer/caddy.ts';
import { haproxy } from './peer/haproxy.ts';
import { type NativePeer, startNative, versionOf } from './peer/native-process.ts';
import { nginx } from './peer/nginx.ts';
import type { PeerQuestion } from './peer/peer-question.ts';
import { installPeerPackages } from './peer-packages.ts';
import type { ProxyPorts } from './process/weft-proxy.ts';
import { type Stage, startScript, startWeft, startWhole } from './stage.ts';
import type { Started } from './started.ts';

/** A make of proxy that stands in a table. */
export interface Contender {
  /** The last part of the names of its rows. */
  readonly name: string;
  /** Of ours and of peers that are scripts. */
  readonly runtime?: RuntimeName;
  readonly kind: 'ours' | 'native' | 'script';
  /** It cannot demand client certificates, so it has no rows of mutual TLS. */
  readonly plaintextOnly?: boolean;
  /** Starts one before an origin, whose port it is. */
  start(stage: Stage, origin: number, progress: (text: string) => void): Promise<Started>;
  /** Starts one that sends plaintext requests on by mutual TLS to another of its kind. */
  startBefore?(stage: Stage, origin: number, near: Started): Promise<Started>;
  /** Starts one with a policy of five rules, time-outs, retries, metrics and traces, where it has such a form. */
  startWhole?(stage: Stage, origin: number): Promise<Started>;
}

/** What ratios are to. */
export const REFERENCE = 'haproxy';

const NATIVE: Readonly<Record<string, NativePeer>> = { haproxy, nginx, caddy };
const RUNTIMES: readonly RuntimeName[] = ['bun', 'deno', 'node'];

/** All there are, ours first. */
export const contenders: readonly Contender[] = [
  ...RUNTIMES.map(ours),
  ...Object.keys(NATIVE).map(native),
  script('node-undici', 'node', 'node-undici.ts'),
  script('http-proxy', 'node', 'http-proxy.ts'),
  script('fastify', 'node', 'fastify.ts'),
  ...RUNTIMES.map((runtime) => script(`hono-${runtime}`, runtime, 'hono.ts')),
  script('serve-bun', 'bun', 'serve-fetch.ts'),
  script('serve-deno', 'deno', 'serve-fetch.ts'),
  ...RUNTIMES.map((runtime) => script(`relay-${runtime}`, runtime, 'net-relay.ts')),
];

/** Those of our own, and HAProxy. */
export const mainContenders: readonly Contender[] = contenders.filter(
  ({ name, kind }) => kind === 'ours' || name === REFERENCE,
);

/** Floors: what it costs a runtime to pass bytes on by `node:net`, without a look at them. */
export const relays: readonly Contender[] = contenders.filter(({ name }) => name.startsWith('relay-'));

/** Whether it can be started here: a native peer must be on PATH. */
export function isPresent({ name, kind }: Contender): boolean {
  const peer = NATIVE[name];
  return kind !== 'native' || (peer !== undefined && versionOf(peer) !== undefined);
}

/** A line on each native peer: its version, or how to get it. */
export function nativeNotes(): string[] {
  return Object.values(NATIVE).map((peer) => {
    const { program, debian } = peer;
    const version = versionOf(peer);
    return version === undefined
      ? `no ${program}: it is not on PATH (Debian: apt-get install ${debian})`
      : `${program}, one thread: ${version}`;
  });
}

function ours(runtime: RuntimeName): Contender {
  return {
    name: runtime,
    runtime,
    kind: 'ours',
    start: (stage, origin) => startWeft(stage, runtime, { origin }),
    startBefore: (stage, origin, near) =>
      startWeft(stage, runtime, { origin, mesh: near.ports.mtls }, 'client'),
    startWhole: (stage, origin) => startWhole(stage, runtime, origin),
  };
}

function native(name: string): Contender {
  const start = async (stage: Stage, origin: number, mesh?: number): Promise<Started> => {
    const peer = NATIVE[name];
    if (peer === undefined) throw new RangeError(`no native peer ${name}`);
    const started = await startNative(peer, origin, stage.identity, mesh);
    stage.running.push(started);
    return started;
  };
  const plain: Contender = { name, kind: 'native', start: (stage, origin) => start(stage, origin) };
  if (name !== REFERENCE) return plain;
  return { ...plain, startBefore: (stage, origin, near) => start(stage, origin, near.ports.mtls) };
}

function script(name: string, runtime: RuntimeName, file: string): Contender {
  return {
    name,
    runtime,
    kind: 'script',
    ...(runtime === 'deno' && file !== 'net-relay.ts' && { plaintextOnly: true }),
    async start(stage, origin, progress) {
      const packages = await installPeerPackages(progress);
      const child = startScript(stage, 'measured', runtime, `./peer/${file}`);
      const { server, bundle } = stage.identity;
      const tls = { cert: server.chainPem, key: server.keyPem, ca: bundle.rootsPem };
      const ports = (await child.ask({ origin, packages, tls } satisfies PeerQuestion)) as ProxyPorts;
      return { pid: child.pid, ports, stop: () => child.stop() };
    },
  };
}
