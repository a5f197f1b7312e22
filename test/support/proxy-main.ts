/** Proxies out of the sidecar's own parts, opened as stdin asks; runs on every runtime. */
import process from 'node:process';
import { answerQuestions } from '../../bench/process/question-lines.ts';
import { activate } from '../../src/proxy/activate.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import { serve } from '../../src/proxy/serve.ts';
import type { Deadlines } from '../../src/runtime/sockets/deadlines.ts';
import { type Listening, type ListenOptions, listen } from '../../src/runtime/sockets/listener.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { callerSnapshot, SERVICE, SERVICE_PORT, serviceSnapshot } from './proxy-snapshot.ts';
import { TestCa } from './socket-mesh.ts';

/**
 * A proxy of one hop: `plain` takes plaintext to `to`, `caller` takes it on in mesh TLS to a `service`, which takes
 * mesh TLS, and plaintext for any host, to an application at `to`.
 */
export interface OpenQuestion {
  readonly kind: 'open';
  readonly role: 'plain' | 'caller' | 'service';
  readonly to: number;
  /** Instead of the role's own; of a `service`, for its port. */
  readonly snapshot?: Snapshot;
  readonly deadlines?: Partial<Deadlines>;
  readonly maxConnections?: number;
}

/** Asks for what a client in mesh TLS shows and trusts: a certificate of the CA of all proxies of the process. */
export interface ClientQuestion {
  readonly kind: 'client';
  readonly account: string;
}

export type ProxyQuestion = OpenQuestion | ClientQuestion | { readonly kind: 'state' | 'connections' };

/** The answer, in PEM. */
export interface MeshClient {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** How the process is. */
export interface ProxyState {
  /** Resident bytes, after a garbage collection. */
  readonly rss: number;
  /** Errors that reached nobody, and those that the proxies logged. */
  readonly errors: readonly string[];
}

const errors: string[] = [];
const listeners: Listening[] = [];
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (event: string, fields?: unknown) => void errors.push(`${event} ${JSON.stringify(fields)}`),
};
let ca: Promise<TestCa> | undefined;

process.on('uncaughtException', (error) => errors.push(`uncaught ${error.stack ?? error}`));
process.on('unhandledRejection', (error) => errors.push(`unhandled ${String(error)}`));

async function open(question: OpenQuestion): Promise<{ port: number }> {
  const { role, to, snapshot, deadlines, maxConnections } = question;
  const own = () => (role === 'service' ? serviceSnapshot() : callerSnapshot(role === 'caller'));
  const active = activate(snapshot ?? own());
  const endpoints = new EndpointTable();
  endpoints.setApplication(SERVICE_PORT, '127.0.0.1', to);
  const place = { address: '127.0.0.1', labels: [], workload: 'reviews', namespace: 'default', weight: 1 };
  const endpoint = {
    ...place,
    instance: 'one',
    ports: [[SERVICE_PORT, to]] as const,
    mesh: role === 'caller',
  };
  endpoints.update({ format: 1, service: SERVICE, sequence: 1, endpoints: [endpoint] });
  const transport = new SocketsTransport();
  const handler = serve({
    active: () => active,
    resolve: async () => false,
    endpoints,
    transport,
    bodies: SOCKET_BODIES,
    clock,
    random,
    debug: false,
    log,
  });
  const options: ListenOptions = {
    address: '127.0.0.1',
    port: 0,
    ...protocolOf(role),
    handler,
    log,
    ...(deadlines && { deadlines }),
    ...(maxConnections !== undefined && { maxConnections }),
  };
  const listening = await listen(options);
  listeners.push(listening);
  if (role !== 'plain') {
    ca ??= TestCa.create();
    const { bundle } = await ca;
    const svid = await (await ca).svid(role === 'caller' ? 'productpage' : 'reviews');
    transport.setIdentity(svid, bundle);
    listening.setIdentity(svid, bundle);
  }
  return { port: listening.port };
}

async function client({ account }: ClientQuestion): Promise<MeshClient> {
  ca ??= TestCa.create();
  const { chainPem, keyPem } = await (await ca).svid(account);
  return { cert: chainPem, key: keyPem, ca: (await ca).bundle.rootsPem };
}

function protocolOf(role: OpenQuestion['role']): Pick<ListenOptions, 'protocol' | 'admit'> {
  if (role !== 'service') {
    return {
      protocol: 'plaintext',
      admit: () => ({ direction: 'outbound', port: SERVICE_PORT, scheme: 'http' }),
    };
  }
  return {
    protocol: 'sniff',
    admit: (arrival) =>
      arrival !== 'foreign-tls' ? { direction: 'inbound', port: SERVICE_PORT, scheme: 'http' } : undefined,
  };
}

function state(): ProxyState {
  collectGarbage();
  return { rss: process.memoryUsage.rss(), errors };
}

/** Open client connections of all listeners. */
function connections(): number {
  return listeners.reduce((sum, listening) => sum + listening.connections, 0);
}

function collectGarbage(): void {
  const runtime = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  if (runtime.Bun !== undefined) runtime.Bun.gc(true);
  else runtime.gc?.();
}

answerQuestions<ProxyQuestion>(async (question) => {
  if (question.kind === 'open') return open(question);
  if (question.kind === 'client') return client(question);
  return question.kind === 'state' ? state() : connections();
});
