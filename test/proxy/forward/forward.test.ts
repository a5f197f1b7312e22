import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalRequest, isRefusal } from '../../../src/http/canonical-request.ts';
import type { Forward } from '../../../src/proxy/decide/decision.ts';
import type { Exchange } from '../../../src/proxy/exchange.ts';
import type { BodyPort } from '../../../src/proxy/forward/body-port.ts';
import { EndpointTable } from '../../../src/proxy/forward/endpoint-table.ts';
import { forward } from '../../../src/proxy/forward/forward.ts';
import type { Forwarded } from '../../../src/proxy/forward/forward-deps.ts';
import type { Outcome } from '../../../src/proxy/forward/outcome.ts';
import { TransportError } from '../../../src/proxy/forward/transport.ts';
import type { Cancellation } from '../../../src/runtime/ports.ts';
import type { ClusterTls } from '../../../src/snapshot/cluster.ts';
import type { EndpointRecord } from '../../../src/snapshot/endpoint.ts';
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

/** What a scene may have besides what most have. */
interface Unusual {
  readonly bodies?: BodyPort<TestBody>;
  readonly tls?: ClusterTls;
  /** One endpoint, which the registry knows to have no sidecar. */
  readonly registered?: boolean;
}

const requiredTls = { mode: 'mesh', sni: 'x', sans: [], required: true } as const;

function isUnusual(act: Act | Unusual): act is Unusual {
  return typeof act === 'object' && !(act instanceof TransportError);
}

function withoutSidecar(service: string): EndpointRecord {
  const common = { workload: 'w', namespace: 'default', labels: [], mesh: false, weight: 1 };
  const endpoints = [{ instance: 'i', address: '10.0.0.1', ports: [[9080, 80]] as const, ...common }];
  return { format: 1, service, sequence: 1, endpoints };
}

/** A cluster with so many endpoints, behind a transport that plays `acts`. */
function scene(endpoints: number, ...script: (Act | Unusual)[]): Scene {
  const acts = script.filter((act): act is Act => !isUnusual(act));
  const { bodies = TEST_BODIES, tls = { mode: 'none' }, registered = false } = script.find(isUnusual) ?? {};
  const transport = new ScriptedTransport(...acts);
  const clock = new ManualClock();
  const outcomes: Outcome[] = [];
  const fixed = Array.from({ length: endpoints }, (_, i) => {
    return { address: `10.0.0.${i + 1}`, port: 9080, labels: [], weight: 1 };
  });
  const discovery = registered
    ? { kind: 'registry' as const }
    : { kind: 'static' as const, endpoints: fixed };
  const cluster = { ...testCluster(tls), discovery };
  const table = new EndpointTable();
  if (registered) table.update(withoutSidecar(cluster.service));
  const deps = {
    clusters: new Map([[cluster.name, cluster]]),
    endpoints: table,
    transport,
    bodies,
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

test('a request with a body is retried while all that was read of it is kept', async () => {
  const body = (outgrown: boolean): TestBody => ({ name: 'request', read: true, cancelled: false, outgrown });
  const kept = scene(1, RESET, 200);
  const small = body(false);
  const running = kept.run({ retry: RETRY }, { body: small });
  await kept.clock.pass(1000);
  assert.equal((await running).status, 200);
  assert.ok(small.released);
  kept.transport.bodies[0]?.ended?.(true);
  assert.equal(kept.outcomes[0]?.retryAbandoned, false);
  const lost = scene(1, RESET, 200);
  const large = body(true);
  assert.equal((await lost.run({ retry: RETRY }, { body: large })).flags, 'UC');
  assert.deepEqual([lost.transport.attempts.length, lost.outcomes[0]?.retryAbandoned], [1, true]);
  assert.ok(large.released);
});

test('without a retry policy nothing is kept, and where nothing can be kept an unread body is sent again', async () => {
  const single = scene(1, RESET, 200);
  const body: TestBody = { name: 'request', read: false, cancelled: false };
  assert.equal((await single.run({}, { body })).flags, 'UC');
  assert.deepEqual([body.released, single.outcomes[0]?.retryAbandoned], [undefined, false]);
  const { record: _, ...bodies } = TEST_BODIES;
  for (const read of [false, true]) {
    const teeless = scene(1, REFUSED, 200, { bodies });
    const running = teeless.run({ retry: RETRY }, { body: { name: 'request', read, cancelled: false } });
    await teeless.clock.pass(1000);
    assert.equal((await running).status, read ? 503 : 200);
  }
});

test('where mesh TLS is required an endpoint without a sidecar is refused, never sent plaintext', async () => {
  const { run, transport, outcomes, active } = scene(1, 200, { tls: requiredTls });
  // Static endpoints are given TLS; the registry knows of one that has no sidecar.
  await run();
  assert.deepEqual(
    transport.attempts.map(({ mesh }) => mesh),
    [true],
  );
  const known = scene(1, 200, { tls: requiredTls, registered: true });
  const response = await known.run();
  assert.deepEqual([response.status, response.flags], [503, 'UF']);
  assert.deepEqual([known.transport.attempts.length, known.outcomes[0]?.attempts], [0, 1]);
  assert.match(known.outcomes[0]?.failure ?? '', /no sidecar/);
  assert.deepEqual(known.active(), [0]);
  transport.bodies[0]?.ended?.(true);
  assert.deepEqual([outcomes.length, active()], [1, [0]]);
  const optional = scene(1, 200, { tls: { ...requiredTls, required: false }, registered: true });
  await optional.run();
  assert.deepEqual(
    optional.transport.attempts.map(({ mesh }) => mesh),
    [false],
  );
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

test('leak: an attempt with a perTryTimeout lets go of the client when it is over, and when it is retried', async () => {
  const { run, transport } = scene(2, 503, 200);
  const listeners = new Set<() => void>();
  const client: Cancellation = {
    aborted: false,
    reason: undefined,
    addEventListener: (_type, listener) => void listeners.add(listener),
    removeEventListener: (_type, listener) => void listeners.delete(listener),
  };
  const retry = { ...RETRY, backoffMs: 0, perTryTimeoutMs: 100 };
  assert.equal((await run({ retry, timeoutMs: 0 }, { signal: client })).status, 200);
  assert.equal(listeners.size, 1, 'whoever reads the response can still be told');
  transport.bodies[1]?.ended?.(true);
  assert.equal(listeners.size, 0);
});
