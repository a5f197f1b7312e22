/** One sidecar after the other out of a sidecar's own parts, as stdin asks; runs on every runtime. */
import { answerQuestions } from '../../bench/process/question-lines.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import { activate } from '../../src/proxy/activate.ts';
import { acceptConnection } from '../../src/proxy/decide/accept.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import { serve } from '../../src/proxy/serve.ts';
import { TokenAuthenticator } from '../../src/proxy/token-authenticator.ts';
import { type Listening, listen } from '../../src/runtime/sockets/listener.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { MeshClient } from './proxy-main.ts';
import { TestCa } from './socket-mesh.ts';

/** Asks for a sidecar of a workload port; the one before closes. */
export interface CaseQuestion {
  readonly snapshot: Snapshot;
  /** The workload port. */
  readonly port: number;
  readonly address: string;
  readonly application: number;
  readonly authorizer: number;
  /** What every source of keys answers; absent = none can be reached. */
  readonly jwks?: string;
  /** Who calls; absent = in plaintext. */
  readonly caller?: { readonly namespace: string; readonly account: string };
}

export interface CaseSidecar {
  readonly port: number;
  readonly client?: MeshClient;
}

const AUTHORIZER = 'ext-authz.istio-system.svc.cluster.local';
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ca = await TestCa.create();
const server = await ca.issued(workloadId('cluster.local', 'echo1', 'b'));
const clients = new Map<string, MeshClient>();
let last: Listening | undefined;
let transport: SocketsTransport | undefined;

async function open(question: CaseQuestion): Promise<CaseSidecar> {
  await last?.close();
  transport?.close();
  transport = new SocketsTransport();
  const { port, address, caller } = question;
  const active = activate(question.snapshot);
  const handler = serve({
    active: () => active,
    resolve: async () => false,
    tokens: authenticator(question.jwks),
    endpoints: endpointsOf(question),
    transport,
    bodies: SOCKET_BODIES,
    clock,
    random,
    debug: false,
    log: quiet,
  });
  const mtls = active.inbound(port)?.mtls ?? 'PERMISSIVE';
  last = await listen({
    address,
    port: 0,
    protocol: 'sniff',
    handler,
    log: quiet,
    admit: (arrival) =>
      arrival !== 'foreign-tls' && acceptConnection(mtls, arrival) === 'serve'
        ? { direction: 'inbound', port, scheme: 'http' }
        : undefined,
  });
  last.setIdentity(server, ca.bundle);
  return { port: last.port, ...(caller && { client: await clientOf(caller) }) };
}

function authenticator(jwks: string | undefined): TokenAuthenticator {
  const fetch = () =>
    jwks === undefined ? Promise.reject(new Error('out of reach')) : Promise.resolve(jwks);
  return new TokenAuthenticator({ fetch, clock, log: quiet });
}

function endpointsOf({ port, application, authorizer }: CaseQuestion): EndpointTable {
  const endpoints = new EndpointTable();
  endpoints.setApplication(port, '127.0.0.1', application);
  const place = {
    address: '127.0.0.1',
    labels: [],
    workload: 'ext-authz',
    namespace: 'istio-system',
    weight: 1,
  };
  const endpoint = { ...place, instance: 'one', ports: [[8000, authorizer]] as const, mesh: false };
  endpoints.update({ format: 1, service: AUTHORIZER, sequence: 1, endpoints: [endpoint] });
  return endpoints;
}

async function clientOf({ namespace, account }: { namespace: string; account: string }): Promise<MeshClient> {
  const name = `${namespace}/${account}`;
  const known = clients.get(name);
  if (known !== undefined) return known;
  const { chainPem, keyPem } = await ca.issued(workloadId('cluster.local', namespace, account));
  const client = { cert: chainPem, key: keyPem, ca: ca.bundle.rootsPem };
  clients.set(name, client);
  return client;
}

answerQuestions<CaseQuestion>(open);
