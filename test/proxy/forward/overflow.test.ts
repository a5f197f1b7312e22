import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalRequest, isRefusal } from '../../../src/http/canonical-request.ts';
import { EndpointTable } from '../../../src/proxy/forward/endpoint-table.ts';
import { forward } from '../../../src/proxy/forward/forward.ts';
import type { CircuitLimits } from '../../../src/snapshot/cluster.ts';
import type { RetryPolicy } from '../../../src/snapshot/route.ts';
import {
  type Act,
  ManualClock,
  ScriptedTransport,
  TEST_BODIES,
  testExchange,
} from '../../support/scripted-transport.ts';
import { testCluster } from '../../support/socket-mesh.ts';

const overflow = 'upstream connect error or disconnect/reset before headers. reset reason: overflow';

function scene(circuit: CircuitLimits, ...acts: Act[]) {
  const endpoints = [{ address: '10.0.0.1', port: 9080, labels: [], weight: 1 }];
  const cluster = {
    ...testCluster({ mode: 'none' }),
    discovery: { kind: 'static' as const, endpoints },
    circuit,
  };
  const transport = new ScriptedTransport(...acts);
  const clock = new ManualClock();
  const deps = {
    clusters: new Map([[cluster.name, cluster]]),
    endpoints: new EndpointTable(),
    transport,
    bodies: TEST_BODIES,
    clock,
    random: { unit: () => 0, bytes: (length: number) => new Uint8Array(length) },
  };
  const run = (retry?: RetryPolicy) => {
    const exchange = testExchange();
    const request = canonicalRequest(exchange.head, 'http', 'BASE');
    assert.ok(!isRefusal(request));
    const edits = { requestEdits: [], responseEdits: [], timeoutMs: 0 };
    const decision = { kind: 'forward', cluster: cluster.name, route: '', ...edits, retry } as const;
    return forward(decision, request, exchange, deps);
  };
  return { transport, clock, run };
}

test('of three requests to one connection one goes, one waits, and one is told that it is too many', async () => {
  const { run, transport } = scene({ maxConnections: 1, maxPendingRequests: 1 }, 200);
  const first = await run();
  const second = run();
  const third = await run();
  assert.deepEqual([first.status, third.status, third.flags, third.body], [200, 503, 'UO', overflow]);
  assert.equal(third.headers.get('x-envoy-overloaded'), 'true');
  assert.equal(transport.attempts.length, 1);
  transport.bodies[0]?.ended?.(true);
  assert.deepEqual([(await second).status, transport.attempts.length], [200, 2]);
});

test('a retry beyond maxRetries is not made, and the answer stands', async () => {
  const policy: RetryPolicy = { attempts: 2, on: ['5xx'], statuses: [], backoffMs: 25 };
  const { run, transport, clock } = scene({ maxRetries: 1 }, 503, 'silent', 503);
  void run(policy);
  await clock.pass(100);
  assert.equal(transport.attempts.length, 2);
  const { status, flags } = await run(policy);
  assert.deepEqual([status, flags, transport.attempts.length], [503, 'UO', 3]);
});
