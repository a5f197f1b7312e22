import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { activate } from '../../../src/proxy/activate.ts';
import type { Connection, Direction } from '../../../src/proxy/decide/connection.ts';
import type { Outcome } from '../../../src/proxy/forward/outcome.ts';
import type { PeerMetadata } from '../../../src/proxy/peer-metadata.ts';
import { countOf } from '../../../src/proxy/telemetry/histogram.ts';
import { LABEL_NAMES, type Labels } from '../../../src/proxy/telemetry/labels.ts';
import { Traffic } from '../../../src/proxy/telemetry/traffic.ts';
import { buildOutcome } from '../../support/outcome.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildRequest,
  buildSnapshot,
  buildVirtualHost,
} from '../../support/snapshot.ts';

const REVIEWS = 'reviews.default.svc.cluster.local';
const cluster = `outbound|9080|v1|${REVIEWS}`;

const active = activate(
  buildSnapshot({
    target: {
      kind: 'sidecar',
      namespace: 'default',
      name: 'productpage-v1',
      serviceAccount: 'bookinfo-productpage',
      labels: [
        ['app', 'productpage'],
        ['version', 'v1'],
      ],
    },
    inbound: [
      buildListener({
        port: 9080,
        servicePorts: [{ service: 'productpage.default.svc.cluster.local', port: 80 }],
      }),
    ],
    outbound: [
      {
        port: 9080,
        virtualHosts: [
          {
            ...buildVirtualHost(['ratings', 'ratings.default'], []),
            name: 'ratings.default.svc.cluster.local:9080',
          },
        ],
      },
    ],
    clusters: [
      buildCluster(cluster, {
        tls: {
          mode: 'mesh',
          sni: `outbound_.9080_.v1_.${REVIEWS}`,
          sans: ['spiffe://cluster.local/ns/default/sa/bookinfo-reviews'],
          required: false,
        },
      }),
    ],
  }),
);

const reviewsV1: PeerMetadata = {
  name: 'reviews-v1',
  namespace: 'default',
  canonicalService: 'reviews',
  canonicalRevision: 'v1',
  version: 'v1',
  locality: '',
};

const outbound = buildConnection('outbound', { port: 0 });
const request = buildRequest('reviews:9080/reviews/0');

function traffic(maxSeries?: number): Traffic {
  return new Traffic({ active: () => active, meshId: 'weft', ...(maxSeries !== undefined && { maxSeries }) });
}

function labelsOf(outcome: Partial<Outcome>, connection: Connection = outbound, asked = request): Labels {
  const counted = traffic();
  counted.countRequest(buildOutcome({ cluster, ...outcome }), asked, connection);
  const [series, ...others] = counted.requests;
  assert.ok(series !== undefined && others.length === 0);
  return series.labels;
}

describe('labels of a client', () => {
  test('a mesh hop names both ends by what each proved and told', () => {
    assert.deepEqual(labelsOf({ peer: reviewsV1, mesh: true }), {
      reporter: 'source',
      source_workload: 'productpage-v1',
      source_canonical_service: 'productpage',
      source_canonical_revision: 'v1',
      source_workload_namespace: 'default',
      source_principal: 'spiffe://cluster.local/ns/default/sa/bookinfo-productpage',
      source_app: 'productpage',
      source_version: 'v1',
      source_cluster: 'weft',
      destination_workload: 'reviews-v1',
      destination_workload_namespace: 'default',
      destination_principal: 'spiffe://cluster.local/ns/default/sa/bookinfo-reviews',
      destination_app: 'reviews',
      destination_version: 'v1',
      destination_service: REVIEWS,
      destination_canonical_service: 'reviews',
      destination_canonical_revision: 'v1',
      destination_service_name: 'reviews',
      destination_service_namespace: 'default',
      destination_cluster: 'weft',
      request_protocol: 'http',
      response_code: '200',
      grpc_response_status: '',
      response_flags: '-',
      connection_security_policy: 'unknown',
    });
  });

  test('a server without a sidecar proves nothing, and is named by the registry', () => {
    const labels = labelsOf({ registered: reviewsV1, mesh: false });
    assert.equal(labels.destination_workload, 'reviews-v1');
    assert.equal(labels.destination_principal, 'unknown');
    assert.equal(labels.source_principal, 'unknown');
  });

  const hosts: readonly [string, Partial<Outcome>, Direction, string, Partial<Labels>][] = [
    [
      'an answer of a route names its service',
      { cluster: '', details: 'fault_filter_abort' },
      'outbound',
      'ratings:9080',
      {
        destination_service: 'ratings.default.svc.cluster.local',
        destination_service_name: 'ratings',
        destination_service_namespace: 'default',
      },
    ],
    [
      'an undeclared host',
      { cluster: 'PassthroughCluster' },
      'outbound',
      'example.com',
      {
        destination_service: 'example.com',
        destination_service_name: 'PassthroughCluster',
        destination_service_namespace: 'unknown',
      },
    ],
    [
      'a refused host',
      { cluster: '', details: 'block_all', status: 502 },
      'outbound',
      'example.com',
      { destination_service: 'example.com', destination_service_name: 'BlackHoleCluster' },
    ],
    [
      'what a gateway does not serve',
      { cluster: '', details: 'route_not_found', status: 404 },
      'gateway',
      'scanner.example',
      { destination_service: 'unknown', destination_service_name: 'unknown' },
    ],
  ];
  for (const [name, outcome, direction, authority, expected] of hosts) {
    test(`${name}: ${Object.values(expected).join(', ')}`, () => {
      const connection = buildConnection(direction, { port: 80 });
      const labels = labelsOf(outcome, connection, buildRequest(`${authority}/`));
      for (const [label, value] of Object.entries(expected))
        assert.equal(labels[label as 'reporter'], value, label);
    });
  }
});

describe('labels of a server', () => {
  const peer = 'cluster.local/ns/default/sa/bookinfo-reviews';

  test('a mesh client is who it proved to be, and the policy is mutual_tls', () => {
    const serverName = 'outbound_.80_._.productpage.default.svc.cluster.local';
    const connection = buildConnection('inbound', { port: 9080, peer, serverName });
    const labels = labelsOf({ cluster: 'inbound|9080||', peer: reviewsV1 }, connection);
    assert.equal(labels.reporter, 'destination');
    assert.equal(labels.source_workload, 'reviews-v1');
    assert.equal(labels.source_principal, 'spiffe://cluster.local/ns/default/sa/bookinfo-reviews');
    assert.equal(labels.destination_workload, 'productpage-v1');
    assert.equal(labels.destination_principal, 'spiffe://cluster.local/ns/default/sa/bookinfo-productpage');
    assert.equal(labels.destination_service, 'productpage.default.svc.cluster.local');
    assert.equal(labels.connection_security_policy, 'mutual_tls');
  });

  test('a plaintext client is nobody, whatever it says', () => {
    const labels = labelsOf({ cluster: 'inbound|9080||' }, buildConnection('inbound', { port: 9080 }));
    assert.equal(labels.source_workload, 'unknown');
    assert.equal(labels.source_canonical_revision, 'latest');
    assert.equal(labels.source_principal, 'unknown');
    assert.equal(labels.destination_principal, 'unknown');
    assert.equal(labels.connection_security_policy, 'none');
  });
});

describe('protocol and status', () => {
  const grpc = buildRequest('reviews:9080/', [['content-type', 'application/grpc']]);
  const rows: readonly [string, Partial<Outcome>, string][] = [
    ['the status of the trailers', { grpcStatus: '5' }, '5'],
    ['no status', {}, ''],
    ['a status that is none', { grpcStatus: 'x'.repeat(9) }, '2'],
    ['an answer of the proxy itself', { status: 503, details: 'no_healthy_upstream' }, '14'],
  ];
  for (const [name, outcome, expected] of rows) {
    test(`gRPC: ${name} is "${expected}"`, () => {
      const labels = labelsOf(outcome, outbound, grpc);
      assert.equal(labels.request_protocol, 'grpc');
      assert.equal(labels.grpc_response_status, expected);
    });
  }
});

test('whatever happens, the series sum up to the requests, and their number is bounded', () => {
  const outcome = fc.record({
    status: fc.integer({ min: 0, max: 999 }),
    flags: fc.constantFrom('-', 'UH', 'UF,URX', 'DC'),
    cluster: fc.constantFrom('', cluster, 'PassthroughCluster', 'inbound|9080||'),
    durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
    requestBytes: fc.nat(),
    responseBytes: fc.nat(),
    peer: fc.option(fc.constant(reviewsV1), { nil: undefined }),
    mesh: fc.boolean(),
  });
  const call = fc.tuple(
    outcome,
    fc.domain(),
    fc.constantFrom<Direction>('inbound', 'outbound', 'gateway'),
    fc.nat(3),
  );
  fc.assert(
    fc.property(fc.array(call, { maxLength: 200 }), (calls) => {
      const counted = traffic(20);
      for (const [parts, authority, direction, port] of calls) {
        const connection = buildConnection(direction, { port });
        counted.countRequest(buildOutcome(parts), buildRequest(`${authority}/`), connection);
      }
      const series = counted.requests;
      const sum = (of: (one: (typeof series)[number]) => number) =>
        series.reduce((all, one) => all + of(one), 0);
      assert.equal(
        sum(({ requests }) => requests),
        calls.length,
      );
      assert.equal(
        sum(({ durationMs }) => countOf(durationMs)),
        calls.length,
      );
      assert.equal(
        sum(({ responseBytes }) => responseBytes.sum),
        calls.reduce((all, [{ responseBytes }]) => all + responseBytes, 0),
      );
      // Above the limit only what is left of labels without names can come.
      assert.ok(series.length <= 20 + 2 * 2 * 12, `${series.length} series`);
      const keys = series.map(({ labels }) => LABEL_NAMES.map((name) => labels[name]).join('|'));
      assert.equal(new Set(keys).size, keys.length);
    }),
  );
});

test('a scan of hosts that nobody declared does not grow the series without end', () => {
  const counted = traffic();
  for (let i = 0; i < 5000; i++) {
    const outcome = buildOutcome({ cluster: 'PassthroughCluster' });
    counted.countRequest(outcome, buildRequest(`host-${i}.example/`), outbound);
  }
  assert.ok(counted.requests.length <= 101, `${counted.requests.length} series`);
  assert.equal(
    counted.requests.reduce((sum, { requests }) => sum + requests, 0),
    5000,
  );
});

test('a new snapshot changes the names of this end, and what was counted stays', () => {
  let current = active;
  const counted = new Traffic({ active: () => current, meshId: 'weft' });
  counted.countRequest(buildOutcome({ cluster }), request, outbound);
  const { snapshot } = active;
  current = activate({ ...snapshot, target: { ...snapshot.target, labels: [['version', 'v2']] } });
  counted.countRequest(buildOutcome({ cluster }), request, outbound);
  counted.countRequest(buildOutcome({ cluster }), request, outbound);
  assert.deepEqual(
    counted.requests.map(({ labels, requests }) => [labels.source_version, requests]),
    [
      ['v1', 1],
      ['v2', 2],
    ],
  );
});

test('a connection counts when it opens, its bytes when it ends; one that is refused did both', () => {
  const counted = traffic();
  const { startedAt, durationMs } = buildOutcome();
  const base = { cluster, endpoint: '', failure: '', startedAt, durationMs, complete: true } as const;
  const opened = { ...base, flag: '-', details: 'via_upstream', sent: 0, received: 0 } as const;
  counted.openConnection(opened, outbound);
  assert.deepEqual(
    counted.connections.map(({ opened, closed }) => [opened, closed]),
    [[1, 0]],
  );
  counted.closeConnection({ ...opened, sent: 7, received: 9 }, outbound);
  counted.closeConnection(
    { ...base, flag: 'UH', details: 'no_healthy_upstream', sent: 0, received: 0 },
    outbound,
  );
  const [ended, refused] = counted.connections;
  assert.deepEqual(
    { ...ended, labels: 0 },
    { labels: 0, opened: 2, closed: 1, sentBytes: 9, receivedBytes: 7 },
  );
  assert.equal(ended?.labels.request_protocol, 'tcp');
  assert.deepEqual([refused?.labels.response_flags, refused?.closed], ['UH', 1]);
});
