import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graph } from '../../../control/observe/graph.ts';
import { ProxyTable, type Reporting, ReportRefused } from '../../../control/observe/proxy-table.ts';
import { hopOf, reportOf, seriesOf } from '../../support/proxy-report.ts';
import { ManualClock } from '../../support/scripted-transport.ts';

const sidecar = (workload: string): Reporting => ({
  kind: 'sidecar',
  namespace: 'default',
  workload,
  owner: `spiffe://cluster.local/ns/default/sa/${workload}`,
});
const gateway: Reporting = {
  kind: 'gateway',
  namespace: 'istio-system',
  workload: 'istio-ingressgateway',
  owner: 'http://gateway',
};

/** A table at 100 s of its clock. */
function table() {
  const clock = new ManualClock();
  clock.time = 0;
  const proxies = new ProxyTable(clock);
  clock.time = 100_000;
  const edges = (seconds = 60) =>
    graph({
      at: clock.now(),
      now: clock.monotonic(),
      seconds,
      ring: proxies.ring,
      nodes: proxies.nodes,
      members: [],
    }).edges.map(({ from, to, requests, errors, security }) => [from, to, requests, errors, security]);
  return { clock, proxies, edges };
}

const [page, reviews, front] = [
  'workload/default/productpage-v1',
  'workload/default/reviews-v1',
  'gateway/istio-system/istio-ingressgateway',
];

describe('the graph', () => {
  test('counts each request once, by its source, with the proof that the server saw', () => {
    const { proxies, edges } = table();
    const hop = (reporter: 'source' | 'destination') => hopOf(reporter, 'productpage-v1', 'reviews-v1');
    const failed = seriesOf({ ...hop('source'), response_code: '503' }, 2);
    proxies.accept(
      reportOf('p', { traffic: [seriesOf(hop('source'), 10), failed] }),
      sidecar('productpage-v1'),
    );
    assert.deepEqual(edges(), [[page, reviews, 12, 2, 'none']], 'without the server nothing is proven');
    proxies.accept(reportOf('r', { traffic: [seriesOf(hop('destination'), 10)] }), sidecar('reviews-v1'));
    assert.deepEqual(edges(), [[page, reviews, 12, 2, 'mutual_tls']]);
  });

  test('adds what is new in each report, and begins anew with a new process', () => {
    const { proxies, edges } = table();
    const report = (requests: number, startedAt: number) =>
      proxies.accept(
        reportOf('p', {
          startedAt,
          traffic: [seriesOf(hopOf('source', 'productpage-v1', 'reviews-v1'), requests)],
        }),
        sidecar('productpage-v1'),
      );
    for (const [requests, startedAt] of [
      [10, 50],
      [15, 50],
      [15, 50],
      [4, 60],
      [5, 60],
    ] as const)
      report(requests, startedAt);
    assert.deepEqual(edges(), [[page, reviews, 20, 0, 'none']]);
  });

  test('takes what a proxy counted before control started for the past', () => {
    const clock = new ManualClock();
    clock.time = 1000;
    const proxies = new ProxyTable(clock);
    const report = (requests: number) =>
      proxies.accept(
        reportOf('p', {
          startedAt: 10,
          traffic: [seriesOf(hopOf('source', 'productpage-v1', 'reviews-v1'), requests)],
        }),
        sidecar('productpage-v1'),
      );
    report(1000);
    report(1003);
    const [edge] = proxies.ring.sum(-1, clock.monotonic());
    assert.equal(edge?.requests, 3);
  });

  test('shows the hop of a gateway without identity once, though the server knows nobody', () => {
    const { clock, proxies, edges } = table();
    const told = seriesOf(hopOf('source', 'unknown', 'productpage-v1'), 50);
    const seen = seriesOf(hopOf('destination', 'unknown', 'productpage-v1'), 50);
    proxies.accept(reportOf('g', { traffic: [told] }), gateway);
    proxies.accept(reportOf('p', { traffic: [seen] }), sidecar('productpage-v1'));
    clock.time += 11_000;
    assert.deepEqual(edges(), [[front, page, 50, 0, 'none']]);
  });

  test('shows clients that came past every proxy', () => {
    const { clock, proxies, edges } = table();
    const told = seriesOf(hopOf('source', 'unknown', 'productpage-v1'), 50);
    const seen = seriesOf(hopOf('destination', 'unknown', 'productpage-v1'), 57);
    proxies.accept(reportOf('g', { traffic: [told] }), gateway);
    proxies.accept(reportOf('p', { traffic: [seen] }), sidecar('productpage-v1'));
    clock.time += 11_000;
    assert.deepEqual(edges(), [
      [front, page, 50, 0, 'none'],
      ['unknown', page, 7, 0, 'none'],
    ]);
  });

  test('shows a client that proved itself and has no proxy that reports', () => {
    const { proxies, edges } = table();
    const seen = seriesOf(hopOf('destination', 'other-v1', 'productpage-v1'), 5);
    proxies.accept(reportOf('p', { traffic: [seen] }), sidecar('productpage-v1'));
    assert.deepEqual(edges(), [['workload/default/other-v1', page, 5, 0, 'mutual_tls']]);
  });

  test('forgets what is older than asked for', () => {
    const { clock, proxies, edges } = table();
    const told = seriesOf(hopOf('source', 'productpage-v1', 'reviews-v1'), 10);
    proxies.accept(reportOf('p', { traffic: [told] }), sidecar('productpage-v1'));
    clock.time += 70_000;
    assert.deepEqual(edges(60), []);
    assert.equal(edges(120).length, 1);
  });

  test('tells percentiles in milliseconds', () => {
    const { clock, proxies } = table();
    const hop = hopOf('source', 'productpage-v1', 'reviews-v1');
    const traffic = [seriesOf(hop, 90, 4), seriesOf({ ...hop, response_code: '500' }, 10, 400)];
    proxies.accept(reportOf('p', { traffic }), sidecar('productpage-v1'));
    const { nodes, ring } = proxies;
    const [edge] = graph({ at: 0, now: clock.monotonic(), seconds: 60, ring, nodes, members: [] }).edges;
    assert.ok(edge && edge.p50 > 1 && edge.p50 <= 5 && edge.p95 > 250 && edge.p95 <= 500);
    assert.equal(edge.errorRate, 0.1);
  });
});

describe('a report', () => {
  test('speaks only of its own workload, whatever it says', () => {
    const { proxies, edges } = table();
    const lie = seriesOf(hopOf('source', 'productpage-v1', 'reviews-v1'), 10);
    proxies.accept(reportOf('e', { traffic: [lie] }), sidecar('evil-v1'));
    assert.deepEqual(edges(), [['workload/default/evil-v1', reviews, 10, 0, 'none']]);
  });

  test("under another identity's name is refused", () => {
    const { proxies } = table();
    proxies.accept(reportOf('p'), sidecar('productpage-v1'));
    assert.throws(() => proxies.accept(reportOf('p'), sidecar('evil-v1')), ReportRefused);
  });

  test('older than 30 s shows its proxy no more', () => {
    const { clock, proxies } = table();
    proxies.accept(reportOf('g'), gateway);
    assert.deepEqual(
      proxies.heardBesides([]).map(({ workload }) => workload),
      ['istio-ingressgateway'],
    );
    clock.time += 31_000;
    assert.deepEqual(proxies.heardBesides([]), []);
    assert.equal(proxies.heard('g'), undefined);
  });
});
