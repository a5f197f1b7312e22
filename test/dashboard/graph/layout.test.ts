import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Graph, GraphEdge, GraphNode } from '../../../dashboard/control-api.ts';
import { groupNodes } from '../../../dashboard/graph/group.ts';
import { overlap } from '../../../dashboard/graph/labels.ts';
import { assignLayers } from '../../../dashboard/graph/layers.ts';
import { layoutGraph, spread } from '../../../dashboard/graph/layout.ts';
import { crossings, orderLayers } from '../../../dashboard/graph/ordering.ts';

const node = (service: string, version = 'v1', kind: GraphNode['kind'] = 'workload'): GraphNode => ({
  id: `${kind}/default/${service}-${version}`,
  kind,
  namespace: 'default',
  service,
  workload: `${service}-${version}`,
  version,
  instances: 1,
  ready: 1,
});

const edge = (from: GraphNode, to: GraphNode): GraphEdge => ({
  from: from.id,
  to: to.id,
  requests: 60,
  rate: 1,
  errors: 0,
  errorRate: 0,
  p50: 1,
  p95: 2,
  p99: 3,
  security: 'mutual_tls',
  protocol: 'http',
});

const graphOf = (nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Graph => ({
  at: 0,
  seconds: 60,
  nodes,
  edges,
});
const layout = (graph: Graph) => layoutGraph(graph, () => 110);

function bookinfo(): Graph {
  const gateway = node('gateway', '', 'gateway');
  const [page, details, ratings] = [node('productpage'), node('details'), node('ratings')];
  const reviews = ['v1', 'v2', 'v3'].map((version) => node('reviews', version));
  const edges = [
    edge(gateway, page),
    edge(page, details),
    ...reviews.map((one) => edge(page, one)),
    ...reviews.slice(1).map((one) => edge(one, ratings)),
  ];
  return graphOf([gateway, page, details, ratings, ...reviews], edges);
}

/** Up to 60 workloads of up to 25 services that call each other anyhow. */
const anyGraph = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(24), fc.nat(3)), { minLength: 1, maxLength: 60 }),
    fc.array(fc.tuple(fc.nat(59), fc.nat(59)), { maxLength: 90 }),
  )
  .map(([names, pairs]) => {
    const nodes = [...new Map(names.map(([s, v]) => [`${s} ${v}`, node(`s${s}`, `v${v}`)])).values()];
    const known = new Map<string, GraphEdge>();
    for (const [a, b] of pairs) {
      const [from, to] = [nodes[a % nodes.length], nodes[b % nodes.length]];
      if (from && to) known.set(`${from.id} ${to.id}`, edge(from, to));
    }
    return graphOf(nodes, [...known.values()]);
  });

describe('the layout of the graph', () => {
  test('Bookinfo: versions share a box, callers stand left of whom they call', () => {
    const { boxes } = layout(bookinfo());
    assert.deepEqual(
      boxes
        .map(
          ({ group, members }) => `${group.title} ${members.map(({ node: { version } }) => version).join()}`,
        )
        .sort(),
      ['details v1', 'gateway-', 'productpage v1', 'ratings v1', 'reviews v1,v2,v3']
        .map((name) => (name === 'gateway-' ? 'gateway- ' : name))
        .sort(),
    );
    const x = new Map(boxes.map((box) => [box.group.title, box.x]));
    const at = (title: string) => x.get(title) ?? assert.fail(title);
    assert.ok(at('gateway-') < at('productpage'));
    assert.ok(at('productpage') < at('reviews'));
    assert.equal(at('details'), at('reviews'));
    assert.ok(at('reviews') < at('ratings'));
  });

  test('Bookinfo: no label covers another or a workload', () => {
    const { boxes, edges } = layout(bookinfo());
    const labels = edges.map(({ label }) => ({ x: label.x - 55, y: label.y - 10, width: 110, height: 20 }));
    for (const [i, a] of labels.entries()) {
      for (const b of labels.slice(i + 1)) assert.equal(overlap(a, b), 0);
      for (const { members } of boxes) for (const member of members) assert.equal(overlap(a, member), 0);
    }
  });

  test('no box of any graph overlaps another, everything is inside the picture, every edge is drawn', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const { boxes, edges, width, height } = layout(graph);
        assert.equal(edges.length, graph.edges.length);
        assert.equal(boxes.flatMap(({ members }) => members).length, graph.nodes.length);
        for (const [i, a] of boxes.entries()) {
          assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height);
          for (const b of boxes.slice(i + 1))
            assert.equal(overlap(a, b), 0, `${a.group.id} and ${b.group.id}`);
        }
        for (const { curve } of edges) assert.doesNotMatch(curve.path, /NaN|undefined|Infinity/);
      }),
      { numRuns: 60 },
    );
  });

  test('the order in which nodes and edges come changes nothing', () => {
    fc.assert(
      fc.property(anyGraph, fc.infiniteStream(fc.nat()), (graph, numbers) => {
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((one) => [numbers.next().value ?? 0, one] as const)
            .sort(([a], [b]) => a - b)
            .map(([, one]) => one);
        const again = layout({ ...graph, nodes: shuffled(graph.nodes), edges: shuffled(graph.edges) });
        const places = (one: ReturnType<typeof layout>) =>
          one.boxes.map(({ x, y, group }) => [group.id, x, y]);
        assert.deepEqual(places(again), places(layout(graph)));
      }),
      { numRuns: 30 },
    );
  });

  test('without circles every link leads to a later layer', () => {
    const links = fc.array(
      fc.tuple(fc.nat(14), fc.nat(14)).filter(([a, b]) => a < b),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(links, (pairs) => {
        const ids = Array.from({ length: 15 }, (_, id) => String(id));
        const layers = assignLayers(
          ids,
          pairs.map(([a, b]) => [String(a), String(b)]),
        );
        for (const [a, b] of pairs) assert.ok((layers.get(String(a)) ?? 0) < (layers.get(String(b)) ?? 0));
      }),
    );
  });

  test('a circle is cut once and everybody has a layer', () => {
    const layers = assignLayers(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ],
    );
    assert.deepEqual(
      [...layers],
      [
        ['a', 0],
        ['b', 1],
        ['c', 2],
      ],
    );
  });

  test('ordering never makes more crossings, and takes out one that can go', () => {
    const layers = [
      ['a', 'b'],
      ['x', 'y'],
    ];
    const links: [string, string][] = [
      ['a', 'y'],
      ['b', 'x'],
    ];
    assert.equal(crossings(layers, links), 1);
    assert.equal(crossings(orderLayers(layers, links), links), 0);
  });

  test('spread keeps the order and the distances, and moves nobody who has room', () => {
    assert.deepEqual(spread([0, 100], [10, 10]), [0, 100]);
    assert.deepEqual(spread([50, 50], [10, 10]), [45, 55]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -500, max: 500 }), fc.integer({ min: 1, max: 90 })), {
          maxLength: 20,
        }),
        (items) => {
          const placed = spread(
            items.map(([wish]) => wish),
            items.map(([, need]) => need),
          );
          for (const [i, y] of placed.slice(1).entries())
            assert.ok(y - (placed[i] ?? 0) >= (items[i]?.[1] ?? 0) - 1e-6);
        },
      ),
    );
  });

  test('60 workloads are laid out fast enough for every refresh', () => {
    const nodes = Array.from({ length: 60 }, (_, i) => node(`s${i % 20}`, `v${Math.floor(i / 20)}`));
    const edges = nodes.flatMap((from, i) =>
      [nodes[(i * 7 + 1) % 60], nodes[(i * 3 + 2) % 60]].flatMap((to) => (to ? [edge(from, to)] : [])),
    );
    layout(graphOf(nodes, edges));
    const began = performance.now();
    layout(graphOf(nodes, edges));
    const took = performance.now() - began;
    assert.ok(took < 1000, `${took} ms`);
  });

  test('workloads without service stand for themselves, gateways and the unknown apart', () => {
    const alone = { ...node('', ''), workload: 'job', id: 'workload/default/job' };
    const outside = { ...node('', '', 'unknown'), namespace: '', workload: '', id: 'unknown' };
    const groups = groupNodes(graphOf([alone, outside], []));
    assert.deepEqual(
      groups.map(({ title, kind }) => [title, kind]),
      [
        ['job', 'workload'],
        ['outside', 'unknown'],
      ],
    );
  });
});
