import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../src/http/header-list.ts';
import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import type { Outcome } from '../../src/proxy/forward/outcome.ts';
import { type ServeDeps, serve } from '../../src/proxy/serve.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import {
  ManualClock,
  ScriptedTransport,
  TEST_BODIES,
  type TestBody,
  testExchange,
} from '../support/scripted-transport.ts';
import { testCluster } from '../support/socket-mesh.ts';

const endpoints = [{ address: '10.0.0.1', port: 9080, labels: [], weight: 1 }];
const cluster = { ...testCluster(), discovery: { kind: 'static' as const, endpoints } };

const snapshot: Snapshot = {
  format: 1,
  target: { kind: 'sidecar', namespace: 'default', name: 'productpage', serviceAccount: 'p', labels: [] },
  trustDomain: 'cluster.local',
  pathNormalization: 'BASE',
  inbound: [],
  outbound: [
    {
      port: 9080,
      virtualHosts: [
        {
          name: 'reviews',
          domains: ['reviews'],
          routes: [
            {
              name: 'main',
              source: 'VirtualService/default/reviews/http/0',
              matches: [{ path: { kind: 'prefix', value: '/reviews' } }],
              action: { kind: 'forward', destinations: [{ cluster: cluster.name, weight: 1 }] },
              headers: { response: { remove: [], set: [['x-edited', 'yes']], add: [] } },
            },
          ],
        },
      ],
    },
  ],
  outboundTrafficPolicy: 'REGISTRY_ONLY',
  clusters: [cluster],
};

function depsOf(more: Partial<ServeDeps<TestBody>> = {}) {
  const outcomes: Outcome[] = [];
  const errors: string[] = [];
  const active = activate(snapshot);
  const deps: ServeDeps<TestBody> = {
    active: () => active,
    resolve: async () => false,
    endpoints: new EndpointTable(),
    transport: new ScriptedTransport(200),
    bodies: TEST_BODIES,
    clock: new ManualClock(),
    random: { unit: () => 0.5, bytes: (length) => new Uint8Array(length) },
    onOutcome: (outcome) => outcomes.push(outcome),
    debug: false,
    revision: () => '7',
    log: { info: () => undefined, warn: () => undefined, error: (event) => errors.push(event) },
    ...more,
  };
  return { deps, outcomes, errors };
}

function get(target: string, host = 'reviews:9080') {
  return testExchange({ head: { method: 'GET', target, headers: HeaderList.from([['host', host]]) } });
}

test('a routed request is forwarded and its response edited', async () => {
  const transport = new ScriptedTransport(200);
  const { deps } = depsOf({ transport });
  const response = await serve(deps)(get('/reviews/1?x=2'));
  assert.deepEqual([response.status, response.headers.get('x-edited')], [200, 'yes']);
  const sent = transport.attempts[0];
  assert.deepEqual(
    [sent?.request.path, sent?.request.query, sent?.address],
    ['/reviews/1', '?x=2', '10.0.0.1'],
  );
  assert.ok(![...response.headers].some(([name]) => name.startsWith('x-weft-')));
});

test('what no route takes is answered here and reported', async () => {
  const { deps, outcomes } = depsOf();
  const response = await serve(deps)(get('/other'));
  assert.deepEqual([response.status, outcomes[0]?.flags, outcomes[0]?.attempts], [404, 'NR', 0]);
});

test('a head that has no canonical form is refused before anybody judges it', async () => {
  const { deps, outcomes } = depsOf();
  const table: [string, string, number][] = [
    ['/reviews', '', 400],
    ['/%00', 'reviews', 400],
    ['reviews', 'reviews', 400],
  ];
  for (const [target, host, status] of table) {
    assert.equal((await serve(deps)(get(target, host))).status, status, target);
  }
  assert.deepEqual(
    outcomes.map(({ flags }) => flags),
    ['DPE', 'DPE', 'DPE'],
  );
});

test('without a snapshot it is asked for once, and 503 is said when there is none', async () => {
  let active: ActiveSnapshot | undefined;
  let asks = 0;
  const resolve = async () => {
    asks++;
    active = activate(snapshot);
    return true;
  };
  const found = depsOf({ active: () => active, resolve });
  assert.equal((await serve(found.deps)(get('/reviews'))).status, 200);
  assert.equal((await serve(found.deps)(get('/reviews'))).status, 200);
  assert.equal(asks, 1);
  const none = depsOf({ active: () => undefined });
  assert.equal((await serve(none.deps)(get('/reviews'))).status, 503);
  const empty = depsOf({ active: () => undefined, resolve: async () => true });
  assert.equal((await serve(empty.deps)(get('/reviews'))).status, 503);
});

test('debug headers tell the route, cluster, revision and flag', async () => {
  const { deps } = depsOf({ debug: true });
  const names = ['x-weft-route', 'x-weft-cluster', 'x-weft-revision', 'x-weft-flag'];
  const forwarded = await serve(deps)(get('/reviews'));
  assert.deepEqual(
    names.map((name) => forwarded.headers.get(name)),
    ['VirtualService/default/reviews/http/0', cluster.name, '7', '-'],
  );
  const replied = await serve(deps)(get('/other'));
  assert.deepEqual(
    names.map((name) => replied.headers.get(name)),
    ['', '', '7', 'NR'],
  );
});

test('an error of ours is an empty 500 and a line in the log', async () => {
  const transport = { send: () => Promise.reject(new Error('a bug')) };
  const { deps, errors } = depsOf({ transport });
  const response = await serve(deps)(get('/reviews'));
  assert.deepEqual([response.status, response.body, errors], [500, undefined, ['request failed']]);
});
