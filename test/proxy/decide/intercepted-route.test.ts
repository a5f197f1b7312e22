import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activate } from '../../../src/proxy/activate.ts';
import { EndpointTable } from '../../../src/proxy/forward/endpoint-table.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import {
  buildCluster,
  buildConnection,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  fixedInputs,
  forwardTo,
} from '../../support/snapshot.ts';

const REVIEWS = 'reviews.default.svc.cluster.local';
const clusters = [
  buildCluster(`outbound|9080||${REVIEWS}`),
  buildCluster(`outbound|9000||${REVIEWS}`),
  buildCluster('outbound|5432||db.example.com', { discovery: { kind: 'original' } }),
  buildCluster('outbound|5432||wide.example.com'),
  buildCluster('outbound|443||a.example.com'),
  buildCluster('outbound|443||b.example.com'),
  buildCluster('outbound|443||*.wild.example.com'),
];
const parts: Partial<Snapshot> = {
  outboundTrafficPolicy: 'ALLOW_ANY',
  outbound: [
    {
      port: 9080,
      virtualHosts: [
        buildVirtualHost([REVIEWS, 'reviews'], [buildRoute('', forwardTo([`outbound|9080||${REVIEWS}`]))]),
      ],
    },
  ],
  virtualAddresses: [
    { host: REVIEWS, addresses: ['240.240.1.2', '2001:2::f0f0:102'] },
    { host: 'db.example.com', addresses: ['192.0.2.0/24'] },
    { host: 'wide.example.com', addresses: ['192.0.0.0/16', 'no address'] },
    { host: 'a.example.com', addresses: ['198.51.100.1'] },
    { host: 'b.example.com', addresses: ['198.51.100.1'] },
  ],
  clusters,
};
const open = activate(buildSnapshot(parts));
const closed = activate(buildSnapshot({ ...parts, outboundTrafficPolicy: 'REGISTRY_ONLY' }));

const to = (text: string) => {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
};

describe('the bytes of an intercepted connection', () => {
  const cases: readonly (readonly [destination: string, expected: string])[] = [
    ['240.240.1.2:9080', 'http'],
    ['2001:2::f0f0:102:9080', 'http'],
    ['::ffff:240.240.1.2:9080', 'http'],
    ['240.240.1.2:9000', 'tcp'],
    ['240.240.1.2:9999', 'none'],
    ['240.240.9.9:9080', 'none'],
    ['2001:2::1:9080', 'none'],
    ['203.0.113.1:9080', 'detected'],
    ['203.0.113.1:443', 'detected'],
    ['198.51.100.1:443', 'detected'],
    ['203.0.113.1:3306', 'tcp'],
    ['192.0.2.7:5432', 'tcp'],
  ];
  for (const [destination, expected] of cases)
    test(`to ${destination} are read as ${expected}`, () =>
      assert.equal(open.intercepted.protocol(to(destination)), expected));
});

describe('an intercepted connection that nobody reads', () => {
  const passed = 'PassthroughCluster';
  const cases: readonly (readonly [
    destination: string,
    serverName: string | undefined,
    expected: string,
    registryOnly: string,
  ])[] = [
    ['240.240.1.2:9000', undefined, `outbound|9000||${REVIEWS}`, `outbound|9000||${REVIEWS}`],
    ['192.0.2.7:5432', undefined, 'outbound|5432||db.example.com', 'outbound|5432||db.example.com'],
    ['192.0.3.7:5432', undefined, 'outbound|5432||wide.example.com', 'outbound|5432||wide.example.com'],
    ['198.51.100.1:443', 'b.example.com', 'outbound|443||b.example.com', 'outbound|443||b.example.com'],
    ['198.51.100.1:443', undefined, passed, '0 block_all'],
    [
      '203.0.113.1:443',
      'x.wild.example.com',
      'outbound|443||*.wild.example.com',
      'outbound|443||*.wild.example.com',
    ],
    ['203.0.113.1:443', 'other.example.org', passed, '0 block_all'],
    ['2001:db8::1:3306', undefined, passed, '0 block_all'],
  ];
  for (const [destination, serverName, expected, registryOnly] of cases)
    test(`to ${destination} for ${serverName ?? 'nobody by name'} goes to ${expected}`, () => {
      const connection = buildConnection('outbound', { original: to(destination), serverName });
      const found = [open, closed].map((active) => {
        const decision = active.decideConnection(connection, fixedInputs());
        if (decision.kind === 'forward') return decision.cluster;
        return decision.kind === 'reply' ? `${decision.status} ${decision.details}` : decision.kind;
      });
      assert.deepEqual(found, [expected, registryOnly]);
    });

  test('is closed when nothing redirected it', () => {
    const decision = open.decideConnection(buildConnection('outbound'), fixedInputs());
    assert.equal(decision.kind === 'reply' && decision.details, 'filter_chain_not_found');
  });
});

describe('an intercepted request', () => {
  /** The cluster that it goes to, or the status that it gets. */
  const routed = (authority: string, destination: string, active = open) => {
    const request = buildRequest(`${authority}/`);
    const connection = buildConnection('outbound', { original: to(destination) });
    const decision = active.decide(request, connection, fixedInputs());
    if (decision.kind === 'forward') return decision.cluster;
    return decision.kind === 'reply' ? `${decision.status}` : decision.kind;
  };

  test('is routed by its Host and the port that it was sent to, whatever port it names', () => {
    assert.equal(routed('reviews', '203.0.113.1:9080'), `outbound|9080||${REVIEWS}`);
    assert.equal(routed('reviews:1', '203.0.113.1:9080'), `outbound|9080||${REVIEWS}`);
    assert.equal(routed('reviews:9080', '203.0.113.1:80'), 'PassthroughCluster');
  });

  test('for a host that nobody declared is for the service that it was sent to', () => {
    assert.equal(routed('240.240.1.2:9080', '240.240.1.2:9080'), `outbound|9080||${REVIEWS}`);
    assert.equal(routed('other', '240.240.1.2:9080', closed), `outbound|9080||${REVIEWS}`);
    assert.equal(routed('other', '203.0.113.1:9080', closed), '502');
  });

  test('goes where it was going when nobody declared its host, not where the Host says', () => {
    const table = new EndpointTable();
    const cluster = open.clusters.get('PassthroughCluster');
    assert.ok(cluster);
    const dialled = (destination: string) =>
      table
        .resolve(cluster, 'elsewhere.example:1', to(destination))
        .candidates.map((one) => [one.address, one.port]);
    assert.deepEqual(dialled('203.0.113.1:80'), [['203.0.113.1', 80]]);
    assert.deepEqual(dialled('2001:db8::1:80'), [['2001:db8::1', 80]]);
  });

  test('of a service that is dialled as it was asked for goes there on its own port alone, and never as mesh TLS', () => {
    const table = new EndpointTable();
    const own = buildCluster('outbound|5432||db.example.com', { discovery: { kind: 'original' } });
    const candidates = (cluster: typeof own, destination: string) =>
      table.resolve(cluster, '', to(destination)).candidates.length;
    assert.deepEqual([candidates(own, '192.0.2.7:5432'), candidates(own, '192.0.2.7:5433')], [1, 0]);
    const tls = { mode: 'mesh', sni: '', sans: [], required: false } as const;
    assert.equal(candidates({ ...own, tls }, '192.0.2.7:5432'), 0);
  });
});
