import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalRequest, isRefusal } from '../../../src/http/canonical-request.ts';
import type { Forward } from '../../../src/proxy/decide/decision.ts';
import type { Exchange } from '../../../src/proxy/exchange.ts';
import { EndpointTable } from '../../../src/proxy/forward/endpoint-table.ts';
import { type Forwarded, forward } from '../../../src/proxy/forward/forward.ts';
import type { Outcome } from '../../../src/proxy/forward/outcome.ts';
import { TransportError } from '../../../src/proxy/forward/transport.ts';
import type { RetryPolicy } from '../../../src/snapshot/route.ts';
import { drawFrom } from '../../support/candidates.ts';
import {
  type Act,
  ManualClock,
  ScriptedTransport,
  TEST_BODIES,
  type TestBody,
  testExchange,
} from '../../support/scripted-transport.ts';
import { testCluster } from '../../support/socket-mesh.ts';

const RETRY: RetryPolicy = { attempts: 2, on: ['5xx'], statuses: [], backoffMs: 25 };
const REFUSED = new TransportError('connect-failure', false, 'ECONNREFUSED');
const RESET = new TransportError('reset', true, 'ECONNRESET');

interface Scene {
  readonly transport: ScriptedTransport;
  readonly clock: ManualClock;
  readonly outcomes: Outcome[];
  /** In flight per endpoint. */
  readonly active: () => number[];
  run(decision?: Partial<Forward>, exchange?: Partial<Exchange<TestBody>>): Promise<Forwarded<TestBody>>;
}

/** A cluster with so many endpoints, behind a transport that plays `acts`. */
function scene(endpoints: number, ...acts: Act[]): Scene {
  const transport = new ScriptedTransport(...acts);
  const clock = new ManualClock();
  const outcomes: Outcome[] = [];
  const fixed = Array.from({ length: endpoints }, (_, i) => {
    return { address: `10.0.0.${i + 1}`, port: 9080, labels: [], weight: 1 };
  });
  const cluster = { ...testCluster(), discovery: { kind: 'static' as const, endpoints: fixed } };
  const deps = {
    clusters: new Map([[cluster.name, cluster]]),
    endpoints: new EndpointTable(),
    transport,
    bodies: TEST_BODIES,
    clock,
    random: { unit: drawFrom(1), bytes: (length: number) => new Uint8Array(length) },
    onOutcome: (outcome: Outcome) => outcomes.push(outcome),
  };
  const base: Forward = {
    kind: 'forward',
    cluster: cluster.name,
    route: 'VirtualService/default/reviews/http/0',
    requestEdits: [],
    responseEdits: [],
    timeoutMs: 0,
    retry: undefined,
  };
  const run: Scene['run'] = (decision, more) => {
    const exchange = testExchange(more);
    const request = canonicalRequest(exchange.head, 'http', 'BASE');
    assert.ok(!isRefusal(request));
    return forward({ ...base, ...decision }, request, exchange, deps);
  };
  const active = () => deps.endpoints.resolve(cluster, '').candidates.map(({ load }) => load.active);
  return { transport, clock, outcomes, active, run };
}

/** What a client sees of a local reply. */
function seen({ status, flags, body }: Forwarded<TestBody>): unknown[] {
  return [status, flags, body];
}

test('a response comes back with the edits of both directions applied', async () => {
  const { run, transport, outcomes } = scene(1, 200);
  const response = await run({
    requestEdits: [
      { kind: 'set', name: 'x-a', value: '1' },
      { kind: 'path', value: '/v2' },
      { kind: 'authority', value: 'other:80' },
    ],
    responseEdits: [{ kind: 'add', name: 'x-b', value: '2' }],
  });
  const sent = transport.attempts[0]?.request;
  assert.deepEqual([sent?.path, sent?.authority, sent?.headers.get('x-a')], ['/v2', 'other:80', '1']);
  assert.deepEqual(
    [...response.headers],
    [
      ['x-upstream', '200'],
      ['x-b', '2'],
    ],
  );
  transport.bodies[0]?.ended?.(true);
  const [outcome] = outcomes;
  assert.deepEqual(
    [outcome?.status, outcome?.flags, outcome?.details, outcome?.attempts, outcome?.endpoint],
    [200, '-', 'via_upstream', 1, '10.0.0.1:9080'],
  );
});

test('what cannot be sent is answered as Envoy does', async () => {
  const prefix = 'upstream connect error or disconnect/reset before headers. reset reason: ';
  const protocol = new TransportError('protocol', true, 'SSH');
  const table: [number, Act, unknown[]][] = [
    [0, 200, [503, 'UH', 'no healthy upstream']],
    [1, REFUSED, [503, 'UF', `${prefix}connection failure`]],
    [1, new TransportError('tls-failure', false, 'who'), [503, 'UF', `${prefix}connection failure`]],
    [1, RESET, [503, 'UC', `${prefix}connection termination`]],
    [1, protocol, [502, 'UPE', `${prefix}protocol error`]],
  ];
  for (const [endpoints, act, expected] of table) {
    const { run, outcomes, active } = scene(endpoints, act);
    assert.deepEqual(seen(await run()), expected);
    assert.deepEqual(outcomes.length, 1);
    assert.ok(active().every((count) => count === 0));
  }
  const { run, outcomes } = scene(1, 200);
  assert.deepEqual(seen(await run({ cluster: 'outbound|1||nowhere' })), [503, 'NC', undefined]);
  assert.equal(outcomes[0]?.details, 'cluster_not_found');
});

test('a retry goes to an endpoint that was not tried, and discards the response before', async () => {
  const { run, transport, clock, outcomes, active } = scene(3, 503, REFUSED, 200);
  const running = run({ retry: RETRY });
  await clock.pass(1000);
  await clock.pass(1000);
  const response = await running;
  assert.deepEqual([response.status, response.flags], [200, '-']);
  assert.equal(new Set(transport.attempts.map(({ address }) => address)).size, 3);
  assert.ok(transport.bodies[0]?.cancelled);
  assert.deepEqual(active().toSorted(), [0, 0, 1]);
  transport.bodies[1]?.ended?.(true);
  assert.deepEqual(active(), [0, 0, 0]);
  assert.equal(outcomes[0]?.attempts, 3);
});

test('when retries run out the last answer stands, flagged URX', async () => {
  for (const [act, status, flags] of [
    [503, 503, 'URX'],
    [RESET, 503, 'UC,URX'],
  ] as const) {
    const { run, transport, clock } = scene(1, act);
    const running = run({ retry: RETRY });
    await clock.pass(1000);
    await clock.pass(1000);
    const response = await running;
    assert.deepEqual([response.status, response.flags, transport.attempts.length], [status, flags, 3]);
  }
});

test('a request with a body is retried only while nothing of it was read', async () => {
  const body = (read: boolean): TestBody => ({ name: 'request', read, cancelled: false });
  const fresh = scene(1, REFUSED, 200);
  const running = fresh.run({ retry: RETRY }, { body: body(false) });
  await fresh.clock.pass(1000);
  assert.equal((await running).status, 200);
  const used = scene(1, RESET, 200);
  assert.equal((await used.run({ retry: RETRY }, { body: body(true) })).flags, 'UC');
  assert.equal(used.transport.attempts.length, 1);
});

test('a POST that may have been processed is sent once, a GET again', async () => {
  const rejected = new TransportError('connect-failure', true, 'fetch failed');
  for (const method of ['POST', 'GET']) {
    const { run, transport, clock } = scene(1, rejected, 200);
    const { head } = testExchange();
    const running = run({ retry: { ...RETRY, on: ['connect-failure'] } }, { head: { ...head, method } });
    await clock.pass(1000);
    assert.equal((await running).status, method === 'GET' ? 200 : 503);
    assert.equal(transport.attempts.length, method === 'GET' ? 2 : 1);
  }
});

test('the timeout covers all attempts and the pauses between them', async () => {
  const { run, clock, transport } = scene(1, 'silent');
  const running = run({ timeoutMs: 500 });
  await clock.pass(500);
  assert.deepEqual(seen(await running), [504, 'UT', 'upstream request timeout']);
  assert.equal(transport.attempts.length, 1);
  const paused = scene(1, 503);
  const second = paused.run({ timeoutMs: 5, retry: { ...RETRY, backoffMs: 1_000_000 } });
  await paused.clock.pass(5);
  assert.deepEqual(seen(await second), [504, 'UT', 'upstream request timeout']);
});

test('the timeout still ends a response that has begun', async () => {
  const { run, clock, transport, outcomes } = scene(1, 200);
  assert.equal((await run({ timeoutMs: 500 })).status, 200);
  await clock.pass(500);
  transport.bodies[0]?.ended?.(false);
  assert.deepEqual([outcomes[0]?.flags, outcomes[0]?.complete], ['UT', false]);
});

test('a perTryTimeout ends an attempt and lets the next one try', async () => {
  const { run, clock, transport } = scene(2, 'silent', 200);
  const running = run({ retry: { ...RETRY, perTryTimeoutMs: 100 } });
  await clock.pass(100);
  await clock.pass(100);
  assert.equal((await running).status, 200);
  assert.equal(transport.attempts.length, 2);
  const silent = scene(2, 'silent');
  const second = silent.run({ retry: { ...RETRY, on: ['connect-failure'], perTryTimeoutMs: 100 } });
  await silent.clock.pass(100);
  assert.deepEqual(seen(await second), [504, 'UT', 'upstream request timeout']);
});

test('a client that goes ends the attempt, and nothing is retried for it', async () => {
  const { run, clock, transport, outcomes } = scene(2, 'silent');
  const gone = new AbortController();
  const running = run(
    { retry: { ...RETRY, perTryTimeoutMs: 1000 }, timeoutMs: 5000 },
    { signal: gone.signal },
  );
  await clock.pass(1);
  gone.abort();
  assert.deepEqual(seen(await running), [0, 'DC', undefined]);
  assert.equal(transport.attempts.length, 1);
  assert.equal(outcomes[0]?.details, 'downstream_remote_disconnect');
});
