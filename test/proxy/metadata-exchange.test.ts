import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HeaderList } from '../../src/http/header-list.ts';
import { activate } from '../../src/proxy/activate.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import type { Outcome } from '../../src/proxy/forward/outcome.ts';
import type { Attempt, ProxyResponse, Transport } from '../../src/proxy/forward/transport.ts';
import { serve } from '../../src/proxy/serve.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { ManualClock, TEST_BODIES, type TestBody, testExchange } from '../support/scripted-transport.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildPolicy,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  forwardTo,
  gatewaySnapshot,
} from '../support/snapshot.ts';

const caller = 'n=caller-v1;ns=default;cs=caller;cr=v1;v=v1;l=';
const server = 'n=reviews-v3;ns=default;cs=reviews;cr=v3;v=v3;l=';
const ours = 'n=app;ns=default;cs=app;cr=latest;v=;l=';

/** One exchange through a proxy with that snapshot; the upstream answers with `answer` in its peer header. */
async function exchange(
  snapshot: Snapshot,
  connection: ReturnType<typeof buildConnection>,
  sent: readonly string[],
  answer: readonly string[],
  host = 'reviews',
) {
  const attempts: Attempt<TestBody>[] = [];
  const outcomes: Outcome[] = [];
  const transport: Transport<TestBody> = {
    send: async (attempt): Promise<ProxyResponse<TestBody>> => {
      attempts.push(attempt);
      const headers = HeaderList.from(answer.map((value) => ['x-weft-peer', value] as const));
      return { status: 200, reason: '', headers, body: undefined };
    },
  };
  const active = activate(snapshot);
  const endpoints = new EndpointTable();
  endpoints.update({ format: 1, service: 'reviews', sequence: 1, endpoints: [place(true), place(false)] });
  const handler = serve<TestBody>({
    active: () => active,
    resolve: async () => false,
    endpoints,
    transport,
    bodies: TEST_BODIES,
    clock: new ManualClock(),
    random: { unit: () => 0, bytes: (length) => new Uint8Array(length) },
    onOutcome: (outcome) => outcomes.push(outcome),
    debug: false,
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (_, fields) => assert.fail(String(fields?.error)),
    },
  });
  const fields = sent.map((value) => ['X-Weft-Peer', value] as const);
  const head = { method: 'GET', target: '/', headers: HeaderList.from([['host', host], ...fields]) };
  const response = await handler(testExchange({ head, connection }));
  return {
    upstream: attempts[0]?.request.headers.getAll('x-weft-peer'),
    client: response.headers.getAll('x-weft-peer'),
    peer: outcomes[0]?.peer?.name,
    status: response.status,
  };
}

/** With and without a sidecar, told apart by a label. */
function place(mesh: boolean) {
  const labels = [['mesh', String(mesh)]] as const;
  const ports = [[80, 15006]] as const;
  const instance = `i-${mesh}`;
  return {
    instance,
    address: '10.0.0.1',
    ports,
    workload: 'w',
    namespace: 'default',
    labels,
    mesh,
    weight: 1,
  };
}

function caller80(mesh: boolean): Snapshot {
  const sans = ['spiffe://cluster.local/ns/default/sa/reviews'];
  const tls = { mode: 'mesh' as const, sni: 'x', sans, required: false };
  const cluster = buildCluster('outbound|80||reviews', { tls, labels: [['mesh', String(mesh)]] });
  const virtualHosts = [buildVirtualHost(['*'], [buildRoute('r', forwardTo([cluster.name]))])];
  return buildSnapshot({ outbound: [{ port: 80, virtualHosts }], clusters: [cluster] });
}

const listener = buildListener();
const inbound = buildSnapshot({
  inbound: [listener],
  clusters: [buildCluster(listener.cluster, { discovery: { kind: 'application' } })],
});
const mesh = buildConnection('inbound', { peer: 'cluster.local/ns/default/sa/caller' });
const stranger = buildConnection('inbound');
const local = buildConnection('outbound', { port: 15001 });

describe('metadata exchange', () => {
  test('a caller tells its mesh server, whatever the application says, and hears of it', async () => {
    const result = await exchange(caller80(true), local, ['spoofed'], [server]);
    assert.deepEqual(result, { upstream: [ours], client: [], peer: 'reviews-v3', status: 200 });
  });

  test('nothing is told to, or believed of, a server without a sidecar', async () => {
    const result = await exchange(caller80(false), local, ['spoofed'], [server]);
    assert.deepEqual(result, { upstream: [], client: [], peer: undefined, status: 200 });
  });

  test('a server tells a verified caller that told of itself, and the application hears nothing', async () => {
    const result = await exchange(inbound, mesh, [caller], ['from the application'], 'app');
    assert.deepEqual(result, { upstream: [], client: [ours], peer: 'caller-v1', status: 200 });
  });

  test('a caller that tells nothing hears nothing', async () => {
    const result = await exchange(inbound, mesh, [], [server], 'app');
    assert.deepEqual(result, { upstream: [], client: [], peer: undefined, status: 200 });
  });

  test('a stranger is neither believed nor told', async () => {
    const result = await exchange(inbound, stranger, [caller], [server], 'app');
    assert.deepEqual(result, { upstream: [], client: [], peer: undefined, status: 200 });
  });

  test('a peer cannot speak for another namespace, twice, or in another form', async () => {
    const other = caller.replace('ns=default', 'ns=other');
    for (const sent of [[other], [caller, caller], ['nonsense']]) {
      assert.equal((await exchange(inbound, mesh, sent, [], 'app')).peer, undefined);
    }
    const wrong = server.replace('ns=default', 'ns=other');
    assert.equal((await exchange(caller80(true), local, [], [wrong])).peer, undefined);
  });

  test('a refusal is an answer too: both ends know whom it was about', async () => {
    const policies = [buildPolicy('DENY', [{}])];
    const refusing = { ...inbound, inbound: [{ ...listener, policies }] };
    const result = await exchange(refusing, mesh, [caller], [], 'app');
    assert.deepEqual(result, { upstream: undefined, client: [ours], peer: 'caller-v1', status: 403 });
  });

  test('the edge believes and tells nobody outside', async () => {
    const { outbound, clusters } = caller80(true);
    const edge = gatewaySnapshot(outbound[0]?.virtualHosts ?? [], clusters);
    const result = await exchange(edge, buildConnection('gateway'), [caller], [server]);
    const self = 'n=edge;ns=istio-system;cs=edge;cr=latest;v=;l=';
    assert.deepEqual(result, { upstream: [self], client: [], peer: 'reviews-v3', status: 200 });
  });
});
