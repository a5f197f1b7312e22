import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findProxy } from '../../../cli/command/proxy-config.ts';
import { proxyTable } from '../../../cli/command/proxy-status.ts';
import { statTable } from '../../../cli/command/stat.ts';
import { type Graph, lifeText, type RunningProxy } from '../../../cli/mesh-state.ts';

const base: RunningProxy = {
  instance: 'a-1',
  kind: 'sidecar',
  namespace: 'default',
  workload: 'a-v1',
  runtime: 'bun 1.4.5',
  weft: '0.1.0',
  address: '10.0.0.1',
  port: 15006,
  revision: 3,
  synced: true,
  startedAt: 0,
  lastReport: 98_000,
  skewMs: -4,
};

describe('the table of proxies', () => {
  test('says SYNCED, STALE, NOT SENT or REJECTED, and why', () => {
    const text = proxyTable(
      [
        { ...base, certificate: { id: '', notBefore: 0, notAfter: 100_000 + 3_600_000 } },
        { ...base, workload: 'b', synced: false, revision: 2 },
        { ...base, workload: 'c', synced: false, revision: 0, lastReport: 0, weft: '' },
        { ...base, workload: 'd', rejected: { code: 'E_SIG', detail: 'not ours' } },
        { ...base, workload: 'e', certificate: { id: '', notBefore: 0, notAfter: 40_000 } },
      ],
      100_000,
      true,
    );
    const cells = text.split('\n').map((line) => line.split(/ {2,}/).join('|'));
    assert.deepEqual(cells, [
      'NAME|KIND|RUNTIME|CONFIG|REVISION|CERTIFICATE|REPORTED|VERSION|INSTANCE|ADDRESS|CLOCK',
      'a-v1.default|sidecar|bun 1.4.5|SYNCED|3|1h0m left|2s ago|0.1.0|a-1|10.0.0.1:15006|-4 ms',
      'b.default|sidecar|bun 1.4.5|STALE|2|-|2s ago|0.1.0|a-1|10.0.0.1:15006|-4 ms',
      'c.default|sidecar|bun 1.4.5|NOT SENT|0|-|never|-|a-1|10.0.0.1:15006|-',
      'd.default|sidecar|bun 1.4.5|REJECTED|3|-|2s ago|0.1.0|a-1|10.0.0.1:15006|-4 ms',
      'e.default|sidecar|bun 1.4.5|SYNCED|3|EXPIRED 1m0s ago|2s ago|0.1.0|a-1|10.0.0.1:15006|-4 ms',
      '✖ d.default refused configuration: E_SIG not ours',
    ]);
  });
});

describe('a proxy is found', () => {
  const proxies = [
    base,
    { ...base, instance: 'a-2' },
    { ...base, instance: 'x-1', namespace: 'other', workload: 'x' },
  ];
  for (const [name, instance] of [
    ['a-v1', 'a-1'],
    ['a-v1.default', 'a-1'],
    ['a-2', 'a-2'],
    ['x.other', 'x-1'],
  ] as const)
    test(`by ${name}`, () => assert.equal(findProxy(proxies, name).instance, instance));

  test('or what there is is told', () =>
    assert.throws(() => findProxy(proxies, 'b'), /no proxy b; there are: a-v1\.default, x\.other/));

  test('only where its name means one workload', () => {
    const twice = [base, { ...base, instance: 'a-9', namespace: 'other' }];
    assert.throws(() => findProxy(twice, 'a-v1'), /several namespaces: a-v1\.default, a-v1\.other/);
  });
});

describe('the table of traffic', () => {
  const traffic = { requests: 200, rate: 3.333, errorRate: 0.015, p50: 4.26, p95: 18.4, p99: 250 };
  const none = { requests: 0, rate: 0, errorRate: 0, p50: 0, p95: 0, p99: 0 };
  const node = { namespace: 'default', service: 'a', version: 'v1', instances: 2, ready: 1 };
  const graph: Graph = {
    seconds: 60,
    nodes: [
      { ...node, id: 'workload/default/a-v1', kind: 'workload', workload: 'a-v1', served: traffic },
      {
        ...node,
        id: 'service/default/b',
        kind: 'service',
        workload: '',
        service: 'b',
        version: '',
        served: none,
      },
    ],
    edges: [
      { ...traffic, from: 'unknown', to: 'workload/default/a-v1', security: 'mutual_tls', protocol: 'http' },
    ],
  };

  test('by workload', () =>
    assert.deepEqual(statTable('workloads', graph).split('\n'), [
      'NAME          KIND      VERSION  READY  REQUESTS  RATE   SUCCESS  P50     P95    P99',
      'a-v1.default  workload  v1       1/2    200       3.3/s  98.50 %  4.3 ms  18 ms  250 ms',
      'b.default     service   -        1/2    0         -      -        -       -      -',
    ]));

  test('by edge', () => {
    assert.deepEqual(statTable('edges', graph).split('\n'), [
      'FROM     TO            REQUESTS  RATE   SUCCESS  P50     P95    P99     SECURITY    PROTOCOL',
      'unknown  a-v1.default  200       3.3/s  98.50 %  4.3 ms  18 ms  250 ms  mutual_tls  http',
    ]);
    assert.equal(statTable('edges', { ...graph, edges: [] }), 'no traffic in the last 60 s');
  });
});

test('a length of time is told in its two largest units', () => {
  for (const [ms, text] of [
    [-5, '0s'],
    [7900, '7s'],
    [250_000, '4m10s'],
    [86_280_000, '23h58m'],
    [90_000_000, '1d1h'],
  ] as const)
    assert.equal(lifeText(ms), text);
});
