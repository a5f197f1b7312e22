import type { Graph, GraphEdge, GraphNode } from '../control-api.ts';
import { type Child, h, type VElement } from '../dom/element.ts';
import { formatLatency, formatNumber, formatRate, formatShare } from '../format.ts';
import { badge, facts } from '../notice.ts';
import { placeHref } from '../place.ts';
import { edgeHealth, securityText } from './edge-style.ts';
import { readyText } from './graph-svg.ts';
import { edgeItem, nodeItem, type Selection } from './selection.ts';

/** What there is to say about the selection, or about the whole mesh. */
export function detailsPane(graph: Graph, selection: Selection | undefined, settings: Settings): VElement {
  return h(
    'aside',
    { class: 'details', 'aria-label': 'Details', 'aria-live': 'polite' },
    selection === undefined
      ? meshDetails(graph)
      : selection.kind === 'node'
        ? nodeDetails(graph, selection.node, settings)
        : edgeDetails(graph, selection.edge, settings),
  );
}

type Settings = ReadonlyMap<string, string>;

function meshDetails({ nodes, edges, seconds }: Graph): Child {
  const requests = edges.reduce((sum, edge) => sum + edge.requests, 0);
  const errors = edges.reduce((sum, edge) => sum + edge.errors, 0);
  const proven = edges.filter(({ security }) => security !== 'none' && security !== 'unknown').length;
  const workloads = nodes.filter(({ kind }) => kind === 'workload');
  return [
    h('h2', {}, 'Mesh'),
    facts([
      ['Services', new Set(workloads.map(({ namespace, service }) => `${namespace}/${service}`)).size],
      ['Workloads', workloads.length],
      ['Hops', `${formatRate(requests / seconds)}`],
      ['Errors', formatShare(requests === 0 ? 0 : errors / requests)],
      ['Proven edges', `${proven} of ${edges.length}`],
    ]),
    h('h3', {}, 'Reading the graph'),
    h(
      'ul',
      { class: 'legend' },
      h('li', {}, legendLine('ok'), 'no errors'),
      h('li', {}, legendLine('warn'), 'below 5 % errors'),
      h('li', {}, legendLine('bad'), '5 % errors or more'),
      h('li', {}, legendLine('idle'), 'no requests in this time'),
    ),
    h(
      'p',
      { class: 'quiet' },
      'A closed padlock is a hop on which the server proved who called. Select a workload or an edge for its numbers.',
    ),
  ];
}

function legendLine(health: string): VElement {
  return h(
    'svg',
    { class: `legend-line edge ${health}`, viewBox: '0 0 28 8', width: 28, height: 8, 'aria-hidden': 'true' },
    h('path', { class: 'edge-line', d: 'M0 4H28', 'stroke-width': 2 }),
  );
}

function nodeDetails({ edges, nodes }: Graph, node: GraphNode, settings: Settings): Child {
  const inbound = edges.filter(({ to }) => to === node.id);
  const outbound = edges.filter(({ from }) => from === node.id);
  return [
    closeLink(settings),
    h('h2', {}, node.workload || node.service || 'Outside the mesh'),
    facts([
      ['Kind', node.kind],
      ['Namespace', node.namespace || '–'],
      ['Service', node.service || '–'],
      ['Version', node.version || '–'],
      ['Instances', readyText(node)],
    ]),
    edgeTable('Called by', inbound, ({ from }) => from, nodes, settings),
    edgeTable('Calls', outbound, ({ to }) => to, nodes, settings),
    node.kind === 'workload' &&
      h(
        'p',
        {},
        h(
          'a',
          {
            href: placeHref({
              view: 'playground',
              settings: [['from', `${node.namespace}/${node.workload}`]],
            }),
          },
          'Try a request from here',
        ),
      ),
  ];
}

function edgeTable(
  title: string,
  edges: readonly GraphEdge[],
  other: (edge: GraphEdge) => string,
  nodes: readonly GraphNode[],
  settings: Settings,
): Child {
  if (edges.length === 0) return false;
  return [
    h('h3', {}, title),
    h(
      'table',
      { class: 'numbers' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['', 'rate', 'errors', 'p95'].map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        edges.map((edge) =>
          h(
            'tr',
            { key: edgeItem(edge) },
            h(
              'td',
              {},
              h(
                'a',
                { href: placeHref({ view: 'graph', item: edgeItem(edge), settings }) },
                nameOf(other(edge), nodes),
              ),
            ),
            h('td', {}, formatRate(edge.rate)),
            h('td', { class: edgeHealth(edge) }, formatShare(edge.errorRate)),
            h('td', {}, formatLatency(edge.p95)),
          ),
        ),
      ),
    ),
  ];
}

function edgeDetails({ nodes, seconds }: Graph, edge: GraphEdge, settings: Settings): Child {
  const end = (id: string) => {
    const node = nodes.find((one) => one.id === id);
    const name = nameOf(id, nodes);
    return node ? h('a', { href: placeHref({ view: 'graph', item: nodeItem(node), settings }) }, name) : name;
  };
  const proven = edge.security !== 'none' && edge.security !== 'unknown';
  return [
    closeLink(settings),
    h('h2', {}, end(edge.from), ' → ', end(edge.to)),
    facts([
      ['Rate', formatRate(edge.rate)],
      ['Requests', `${formatNumber(edge.requests)} in ${seconds} s`],
      ['Errors', `${formatNumber(edge.errors)} (${formatShare(edge.errorRate)})`],
      ['p50', formatLatency(edge.p50)],
      ['p95', formatLatency(edge.p95)],
      ['p99', formatLatency(edge.p99)],
      ['Protocol', edge.protocol],
      [
        'Security',
        [
          badge(proven ? 'ok' : 'warn', edge.security),
          h('div', { class: 'quiet' }, securityText(edge.security)),
        ],
      ],
    ]),
  ];
}

function closeLink(settings: Settings): VElement {
  return h(
    'a',
    { class: 'close', href: placeHref({ view: 'graph', settings }), 'aria-label': 'Back to the whole mesh' },
    '×',
  );
}

function nameOf(id: string, nodes: readonly GraphNode[]): string {
  const node = nodes.find((one) => one.id === id);
  return node?.workload || node?.service || id;
}
