import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GatewayServer } from '../../src/snapshot/gateway-server.ts';
import type { VirtualHost } from '../../src/snapshot/route.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { registryServices, validateSnapshot } from '../../src/snapshot/validate-snapshot.ts';
import { edited, paths } from '../support/edited.ts';
import { ratings, sampleSnapshot } from '../support/publication.ts';

const sample = sampleSnapshot();
const action = ['outbound', 0, 'virtualHosts', 0, 'routes', 0, 'action'] as const;

describe('validateSnapshot', () => {
  test('takes a snapshot that uses every part of the format', () => {
    assert.equal(validateSnapshot(sample), sample);
    const virtualHosts = sample.outbound[0]?.virtualHosts ?? [];
    validateSnapshot({
      ...sample,
      gateway: { virtualHosts, policies: [], servers: sampleServers(virtualHosts) },
    });
  });

  test('refuses a gateway server of another shape, mode or port', () => {
    const gateway = { virtualHosts: [], policies: [], servers: sampleServers([]) };
    const whole = { ...sample, gateway };
    const bad: readonly [path: readonly (string | number)[], to: unknown][] = [
      [[0, 'protocol'], 'QUIC'],
      [[0, 'port'], 0],
      [[0, 'tls'], { mode: 'SIMPLE' }],
      [[1, 'tls', 'mode'], 'PASSTHROUGH'],
      [[1, 'tls', 'minVersion'], 'TLSv1'],
      [[1, 'tls', 'caFile'], undefined],
      [[2, 'tls', 'mode'], 'AUTO_PASSTHROUGH'],
      [[2, 'tcpRoutes', 0, 'destinations'], []],
      [[3, 'hosts'], ['*']],
    ];
    for (const [path, to] of bad) {
      const broken = edited(whole, ['gateway', 'servers', ...path], to);
      assert.throws(() => validateSnapshot(broken), { code: 'E_FORMAT' }, path.join('.'));
    }
  });

  test('refuses a value of another type anywhere', () => {
    for (const path of paths(sample)) {
      const broken = edited(sample, path, { kind: 'odd', mode: 'odd' });
      assert.throws(() => validateSnapshot(broken), { code: 'E_FORMAT' }, path.join('.'));
    }
  });

  test('refuses an unknown member in any object', () => {
    const objects = paths(sample).filter((path) => typeof path.at(-1) === 'string');
    for (const path of objects) {
      const broken = edited(sample, [...path.slice(0, -1), 'onlyIf'], 'x');
      assert.throws(() => validateSnapshot(broken), { code: 'E_FORMAT' }, path.join('.'));
    }
  });

  test('says where the problem is', () => {
    const broken = edited(sample, [...action, 'destinations', 0, 'weight'], '1');
    const message =
      /^snapshot\.outbound\[0\]\.virtualHosts\[0\]\.routes\[0\]\.action\.destinations\[0\]\.weight: /;
    assert.throws(() => validateSnapshot(broken), { code: 'E_FORMAT', message });
  });

  test('takes a route to a cluster that is not there, which answers 503', () => {
    const dangling = edited(sample, [...action, 'destinations', 0, 'cluster'], 'outbound|1||absent');
    assert.doesNotThrow(() => validateSnapshot(dangling));
  });

  const bad: readonly (readonly [string, readonly (string | number)[], unknown])[] = [
    ['a listener of a cluster that is not there', ['inbound', 0, 'cluster'], 'inbound|1||'],
    ['two clusters of one name', ['clusters', 1], sample.clusters[0]],
    ['a forward without destinations', [...action, 'destinations'], []],
    ['a negative weight', [...action, 'destinations', 0, 'weight'], -1],
    ['a fractional weight', [...action, 'destinations', 0, 'weight'], 0.5],
    ['a negative timeout', [...action, 'timeoutMs'], -1],
    ['a port beyond the range', ['outbound', 0, 'port'], 65536],
    ['a pattern of a megabyte', [...action, 'rewrite', 'regex', 'match'], 'a'.repeat(1024 * 1024)],
    ['a million routes', ['outbound', 0, 'virtualHosts', 0, 'routes'], new Array(1_000_000).fill(0)],
    ['a missing member', ['trustDomain'], undefined],
    ['an older format', ['format'], 0],
    ['a pair with three items', ['target', 'labels'], [['a', 'b', 'c']]],
    [
      'an attribute nobody knows',
      ['inbound', 0, 'policies', 0, 'rules', 0, 'to', 0, 0, 'attribute', 'kind'],
      'toString',
    ],
    [
      'a match kind that is on every object',
      [...action.slice(0, -1), 'matches', 0, 'path', 'kind'],
      'constructor',
    ],
  ];
  for (const [name, path, to] of bad) {
    test(`refuses ${name}`, () =>
      assert.throws(() => validateSnapshot(edited(sample, path, to)), { code: 'E_FORMAT' }));
  }

  test('refuses what is no object', () => {
    for (const value of [null, [], 'x', 1, undefined])
      assert.throws(() => validateSnapshot(value), { code: 'E_FORMAT' });
  });

  test('refuses a member named __proto__', () => {
    const text = JSON.stringify(sample).replace('{"format":1', '{"__proto__":{"x":1},"format":1');
    assert.throws(() => validateSnapshot(JSON.parse(text)), { code: 'E_FORMAT' });
  });

  test('tells a newer format apart', () => {
    assert.throws(() => validateSnapshot({ format: 2 }), { code: 'E_READER_OLD' });
  });
});

/** One server of each protocol. */
function sampleServers(virtualHosts: readonly VirtualHost[]): readonly GatewayServer[] {
  const tcpRoutes = [
    {
      source: 'VirtualService/default/bytes/tls/0',
      matches: [{ sniHosts: ['a.example'], destinationSubnets: ['10.0.0.0/8'], sourceSubnets: [] }],
      destinations: [{ cluster: sample.clusters[1]?.name ?? '', weight: 100 }],
    },
  ];
  const tls = {
    mode: 'MUTUAL',
    certificateFile: '/etc/a.crt',
    privateKeyFile: '/etc/a.key',
    caFile: '/etc/ca.pem',
    subjectAltNames: ['client.example'],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
  } as const;
  const [source, hosts] = ['Gateway/default/edge/servers/1', ['a.example']];
  return [
    { protocol: 'HTTP', port: 80, virtualHosts },
    { protocol: 'HTTPS', port: 443, source, hosts, tls, virtualHosts },
    { protocol: 'TLS', port: 443, source, hosts, tls: { mode: 'PASSTHROUGH' }, tcpRoutes },
    { protocol: 'TCP', port: 9000, source, tcpRoutes },
  ];
}

test('registryServices names each service with registry endpoints once', () => {
  const doubled: Snapshot = { ...sample, clusters: [...sample.clusters, ...sample.clusters] };
  assert.deepEqual(registryServices(doubled), [ratings]);
});
