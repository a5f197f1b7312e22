import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalRequest, isRefusal } from '../../../src/http/canonical-request.ts';
import { EndpointTable } from '../../../src/proxy/forward/endpoint-table.ts';
import { forward } from '../../../src/proxy/forward/forward.ts';
import { drawFrom } from '../../support/candidates.ts';
import {
  ManualClock,
  ScriptedTransport,
  TEST_BODIES,
  testExchange,
} from '../../support/scripted-transport.ts';
import { testCluster } from '../../support/socket-mesh.ts';

/** Forwards to one endpoint, which the registry knows to have no sidecar. */
async function send(required: boolean) {
  const cluster = testCluster({ mode: 'mesh', sni: 'x', sans: [], required });
  const endpoints = new EndpointTable();
  const plain = { workload: 'w', namespace: 'default', labels: [], mesh: false, weight: 1 };
  const known = [{ instance: 'i', address: '10.0.0.1', ports: [[9080, 80]] as const, ...plain }];
  endpoints.update({ format: 1, service: cluster.service, sequence: 1, endpoints: known });
  const transport = new ScriptedTransport(200);
  const random = { unit: drawFrom(1), bytes: (length: number) => new Uint8Array(length) };
  const clusters = new Map([[cluster.name, cluster]]);
  const deps = { clusters, endpoints, transport, bodies: TEST_BODIES, clock: new ManualClock(), random };
  const exchange = testExchange();
  const request = canonicalRequest(exchange.head, 'http', 'BASE');
  assert.ok(!isRefusal(request));
  const edits = { requestEdits: [], responseEdits: [] };
  const rest = { route: '', timeoutMs: 0, retry: undefined };
  const decision = { kind: 'forward', cluster: cluster.name, ...edits, ...rest } as const;
  const { status, flags } = await forward(decision, request, exchange, deps);
  const { load } = endpoints.resolve(cluster, '').candidates[0] ?? { load: undefined };
  return { answer: [status, flags], mesh: transport.attempts.map((attempt) => attempt.mesh), load };
}

test('where mesh TLS is required an endpoint without a sidecar is refused, never sent plaintext', async () => {
  const { answer, mesh, load } = await send(true);
  assert.deepEqual([answer, mesh, load?.active], [[503, 'UF'], [], 0]);
});

test('where mesh TLS is automatic an endpoint without a sidecar gets plaintext', async () => {
  const { answer, mesh } = await send(false);
  assert.deepEqual([answer, mesh], [[200, '-'], [false]]);
});
