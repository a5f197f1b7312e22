import { admitInbound, onlyPlaintextTcp } from '../../sidecar/admit-inbound.ts';
import { withCredential } from '../../sidecar/proxy-credential.ts';
import type { Bundle } from '../../src/identity/svid.ts';
import type { ConnectionOutcome } from '../../src/proxy/forward/forward-connection.ts';
import type { Outcome } from '../../src/proxy/forward/outcome.ts';
import { ProxyState } from '../../src/proxy/proxy-state.ts';
import { serve } from '../../src/proxy/serve.ts';
import { withConnect } from '../../src/proxy/serve-connect.ts';
import { serveConnection } from '../../src/proxy/serve-connection.ts';
import type { Deadlines } from '../../src/runtime/sockets/deadlines.ts';
import { type Listening, listen } from '../../src/runtime/sockets/listener.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../../src/runtime/sockets/tcp-upstream.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import type { MtlsMode, Policy } from '../../src/snapshot/policy.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import {
  buildCluster,
  buildListener,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  forwardTo,
} from './snapshot.ts';
import { SILENT, TestCa } from './socket-mesh.ts';

export const APP = 'app.default.svc.cluster.local';
export const CREDENTIAL = 'a secret';
/** The header lines that every request to the outbound port needs. */
export const AUTHORIZED = `Proxy-Authorization: Basic ${btoa(`weft:${CREDENTIAL}`)}`;

/** What may differ between tests. */
export interface TwoSidecarsOptions {
  readonly protocol: 'http' | 'tcp';
  readonly mtls?: MtlsMode;
  readonly policies?: readonly Policy[];
  readonly outboundTrafficPolicy?: Snapshot['outboundTrafficPolicy'];
  readonly deadlines?: Partial<Deadlines>;
  /** The port where the application listens on 127.0.0.1. */
  readonly application: number;
}

/** The account `client` and its sidecar, mutual TLS, the sidecar of `app`, and the application. */
export interface TwoSidecars {
  readonly ca: TestCa;
  /** The client's proxy port. */
  readonly outbound: Listening;
  readonly inbound: Listening;
  /** Of both, as they end. */
  readonly outcomes: Outcome[];
  readonly connections: ConnectionOutcome[];
  /** Gives the client's sidecar another trust; what it proves stays. */
  readonly believe: (bundle: Bundle) => void;
}

/** Runs with both sidecars up, closes them afterwards. */
export async function withTwoSidecars(
  options: TwoSidecarsOptions,
  run: (mesh: TwoSidecars) => Promise<void>,
): Promise<void> {
  const ca = await TestCa.create();
  const outcomes: Outcome[] = [];
  const connections: ConnectionOutcome[] = [];
  const seen = { outcomes, connections };
  const server = await side(ca, 'app', serverSnapshot(options), options, seen);
  const client = await side(ca, 'client', clientSnapshot(options), options, seen);
  const endpoint = {
    instance: 'app-1',
    address: '127.0.0.1',
    workload: 'app',
    namespace: 'default',
    labels: [],
  };
  client.state.endpoints.update({
    format: 1,
    service: APP,
    sequence: 1,
    endpoints: [{ ...endpoint, ports: [[80, server.inbound.port]], mesh: true, weight: 1 }],
  });
  try {
    await run({ ca, outbound: client.outbound, inbound: server.inbound, believe: client.believe, ...seen });
  } finally {
    await Promise.all([server.close(), client.close()]);
  }
}

function serverSnapshot({ protocol, mtls = 'PERMISSIVE', policies = [] }: TwoSidecarsOptions): Snapshot {
  const listener = buildListener({ protocol, mtls, policies, servicePorts: [{ service: APP, port: 80 }] });
  const application = { service: '', port: 8080, discovery: { kind: 'application' } } as const;
  return buildSnapshot({ inbound: [listener], clusters: [buildCluster('inbound|8080||', application)] });
}

function clientSnapshot({ protocol, outboundTrafficPolicy = 'REGISTRY_ONLY' }: TwoSidecarsOptions): Snapshot {
  const name = `outbound|80||${APP}`;
  const sans = ['spiffe://cluster.local/ns/default/sa/app'];
  const tls = { mode: 'mesh', sni: `outbound_.80_._.${APP}`, sans, required: false } as const;
  const virtualHost = buildVirtualHost([APP, 'app'], [buildRoute('', forwardTo([name]))]);
  return buildSnapshot({
    outbound: protocol === 'http' ? [{ port: 80, virtualHosts: [virtualHost] }] : [],
    outboundTrafficPolicy,
    clusters: [buildCluster(name, { tls, connectTimeoutMs: 2_000 })],
  });
}

async function side(
  ca: TestCa,
  account: string,
  snapshot: Snapshot,
  { application, deadlines = {} }: TwoSidecarsOptions,
  seen: { outcomes: Outcome[]; connections: ConnectionOutcome[] },
) {
  const state = new ProxyState(application);
  state.activate(snapshot, 1);
  const [transport, streams] = [new SocketsTransport(), new TcpTransport()];
  const svid = await ca.svid(account);
  const believe = (bundle: Bundle) => {
    for (const end of [transport, streams]) end.setIdentity(svid, bundle);
  };
  believe(ca.bundle);
  const shared = { active: () => state.active, endpoints: state.endpoints, clock, random, log: SILENT };
  const handler = serve({
    ...shared,
    transport,
    bodies: SOCKET_BODIES,
    resolve: async () => false,
    debug: false,
    onOutcome: (outcome) => seen.outcomes.push(outcome),
  });
  const raw = {
    ...shared,
    streams,
    onConnection: (outcome: ConnectionOutcome) => seen.connections.push(outcome),
  };
  const port = { address: '127.0.0.1', port: 0, log: SILENT, deadlines };
  const inbound = await listen({
    ...port,
    protocol: 'sniff',
    admit: admitInbound(state),
    serverFirst: () => onlyPlaintextTcp(state),
    handler,
    tcp: serveConnection(raw),
  });
  inbound.setIdentity(svid, ca.bundle);
  const outbound = await listen({
    ...port,
    protocol: 'plaintext',
    admit: () => ({ direction: 'outbound', port: 0, scheme: 'http' }),
    handler: withCredential(CREDENTIAL, withConnect(raw, handler)),
  });
  const close = async () => {
    await Promise.all([inbound.close(), outbound.close()]);
    transport.close();
  };
  return { state, inbound, outbound, believe, close };
}
