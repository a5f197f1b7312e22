import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { admitInbound, onlyPlaintextTcp } from '../../sidecar/admit-inbound.ts';
import { admitOutbound, isUnread } from '../../sidecar/admit-outbound.ts';
import { ProxyState } from '../../src/proxy/proxy-state.ts';
import type { Admission, Arrival } from '../../src/runtime/sockets/admission.ts';
import type { MtlsMode } from '../../src/snapshot/policy.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { buildCluster, buildListener, buildSnapshot } from '../support/snapshot.ts';

function stateOf(parts: Partial<Snapshot>): ProxyState {
  const state = new ProxyState('workload');
  state.activate(buildSnapshot(parts), 1);
  return state;
}

const said = (admission: Admission | undefined) =>
  admission === undefined ? 'closed' : `${admission.protocol ?? 'http'} on ${admission.port}`;

const inbound = (port: number, protocol: 'http' | 'tcp', mtls: MtlsMode) =>
  buildListener({
    port,
    protocol,
    mtls,
    cluster: `inbound|${port}||`,
    servicePorts: [{ service: 'app.default.svc.cluster.local', port }],
  });

describe('a connection to the inbound port', () => {
  const listeners = [
    inbound(80, 'http', 'PERMISSIVE'),
    inbound(90, 'tcp', 'DISABLE'),
    inbound(91, 'tcp', 'STRICT'),
  ];
  const rest = { mtlsSource: '', policies: [] };
  const state = stateOf({
    inbound: listeners,
    inboundPassthrough: {
      ...rest,
      mtls: 'PERMISSIVE',
      ports: [{ port: 70, mtls: 'STRICT', mtlsSource: '' }],
    },
    clusters: listeners.map(({ cluster, port }) =>
      buildCluster(cluster, { service: '', port, discovery: { kind: 'application' } }),
    ),
  });
  const admit = admitInbound(state);
  const name = (port: number) => `outbound_.${port}_._.app.default.svc.cluster.local`;

  const cases: readonly (readonly [
    arrival: Arrival,
    serverName: string | undefined,
    originalPort: number | undefined,
    expected: string,
  ])[] = [
    ['plaintext', undefined, undefined, 'http on 80'],
    ['plaintext', undefined, 80, 'http on 80'],
    ['plaintext', undefined, 90, 'tcp on 90'],
    ['plaintext', undefined, 91, 'closed'],
    ['plaintext', undefined, 70, 'closed'],
    ['plaintext', undefined, 71, 'http on 71'],
    ['foreign-tls', 'app', 80, 'tcp on 80'],
    ['foreign-tls', 'app', 91, 'closed'],
    ['mesh-tls', name(91), 80, 'tcp on 91'],
    ['mesh-tls', name(90), 90, 'closed'],
    ['mesh-tls', name(71), 71, 'closed'],
    ['mesh-tls', 'app', 80, 'closed'],
  ];
  for (const [arrival, serverName, port, expected] of cases)
    test(`as ${arrival} to ${serverName ?? 'nobody'}, once to ${port ?? 'nowhere else'}: ${expected}`, () => {
      const original = port === undefined ? undefined : { address: '10.0.0.2', port };
      assert.equal(said(admit(arrival, serverName, original)), expected);
    });

  test('is closed where it would reach the sidecar itself, declared or not, by plaintext or by its peers', () => {
    const own = stateOf(state.active?.snapshot ?? {});
    own.reserve([80, 71]);
    const said80 = (arrival: Arrival, port: number, serverName?: string) =>
      said(admitInbound(own)(arrival, serverName, { address: '10.0.0.2', port }));
    assert.equal(said80('plaintext', 80), 'closed');
    assert.equal(said80('plaintext', 71), 'closed');
    assert.equal(said80('mesh-tls', 15006, name(80)), 'closed');
    assert.equal(said80('mesh-tls', 15006, name(91)), 'tcp on 91');
    // An application with one port of its own is reached there, whatever the workload port is.
    const elsewhere = new ProxyState(8080);
    elsewhere.activate(own.active?.snapshot ?? buildSnapshot({}), 1);
    elsewhere.reserve([80]);
    assert.equal(said(admitInbound(elsewhere)('mesh-tls', name(80), undefined)), 'http on 80');
  });

  test('is not read where only plaintext TCP can arrive on the port that it was sent to', () => {
    const unread = (port?: number) =>
      onlyPlaintextTcp(state, port ? { address: '10.0.0.2', port } : undefined);
    assert.deepEqual([80, 90, 91, 71, undefined].map(unread), [false, true, false, false, false]);
  });
});

describe('a connection to the outbound port', () => {
  const host = 'db.default.svc.cluster.local';
  const state = stateOf({
    outboundTrafficPolicy: 'ALLOW_ANY',
    outbound: [{ port: 80, virtualHosts: [] }],
    virtualAddresses: [{ host, addresses: ['240.240.1.2'] }],
    clusters: [buildCluster(`outbound|5432||${host}`)],
  });
  const admit = admitOutbound(state, 15001);

  const cases: readonly (readonly [
    arrival: Arrival,
    original: [string, number] | undefined,
    expected: string,
  ])[] = [
    ['plaintext', undefined, 'http on 15001'],
    ['plaintext', ['240.240.1.2', 5432], 'tcp on 15001'],
    ['plaintext', ['240.240.1.2', 5433], 'closed'],
    ['plaintext', ['203.0.113.1', 80], 'detected on 15001'],
    ['foreign-tls', ['203.0.113.1', 80], 'tcp on 15001'],
    ['mesh-tls', ['203.0.113.1', 443], 'tcp on 15001'],
  ];
  for (const [arrival, original, expected] of cases)
    test(`as ${arrival}, sent to ${original?.join(':') ?? 'it'}: ${expected}`, () => {
      const to = original && { address: original[0], port: original[1] };
      assert.equal(said(admit(arrival, undefined, to)), expected);
    });

  test('is not read where no declared service could be meant', () => {
    const unread = isUnread(state);
    assert.equal(unread(undefined), false);
    assert.equal(unread({ address: '240.240.1.2', port: 5432 }), true);
    assert.equal(unread({ address: '203.0.113.1', port: 3306 }), true);
    assert.equal(unread({ address: '203.0.113.1', port: 80 }), false);
    state.activate(buildSnapshot({ outbound: [{ port: 3306, virtualHosts: [] }] }), 2);
    assert.equal(unread({ address: '203.0.113.1', port: 3306 }), false);
  });

  test('that was redirected is closed while there is no configuration', () => {
    const none = admitOutbound(new ProxyState('workload'), 15001);
    assert.equal(none('plaintext', undefined, { address: '203.0.113.1', port: 80 }), undefined);
  });
});
