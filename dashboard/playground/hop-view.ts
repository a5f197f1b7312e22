import type { TraceEntry } from '../../src/proxy/decide/trace.ts';
import { explainEdit } from '../../src/proxy/explain/edit-text.ts';
import type { Hop } from '../../src/proxy/explain/explain-hops.ts';
import type { SourcePlace } from '../../src/snapshot/source-map.ts';
import { type Child, h, type VElement } from '../dom/element.ts';
import { formatShare } from '../format.ts';
import { badge, bar } from '../notice.ts';
import { placeHref } from '../place.ts';

type Sources = ReadonlyMap<string, SourcePlace>;

const marks: Readonly<Record<TraceEntry['verdict'], readonly [mark: string, meaning: string]>> = {
  pass: ['✔', 'passed'],
  match: ['✔', 'matched'],
  miss: ['·', 'did not match'],
  deny: ['✖', 'denied'],
  skip: ['–', 'skipped'],
};

/** One proxy on the way: what it decided, what could have been, and the steps that led there. */
export function hopView(hop: Hop, index: number, sources: Sources): VElement {
  const { method, authority, path, query } = hop.request;
  return h(
    'section',
    { class: 'card hop', key: `${index} ${hop.proxy}`, 'data-proxy': hop.proxy, ...decisionData(hop) },
    h('header', {}, h('h3', {}, hop.proxy), badge('plain', hop.direction), decisionBadge(hop)),
    h('p', { class: 'code' }, `${method} ${authority}${path}${query}`),
    outcome(hop, sources),
    h(
      'ol',
      { class: 'steps' },
      hop.entries.map((entry, at) => stepView(entry, at, sources)),
    ),
  );
}

/** The decision for programs that read the page. */
function decisionData({ decision }: Hop) {
  if (decision.kind === 'ask') return { 'data-decision': `ask ${decision.need}` };
  if (decision.kind === 'reply')
    return { 'data-decision': `reply ${decision.status}`, 'data-route': decision.route };
  return { 'data-decision': 'forward', 'data-route': decision.route, 'data-cluster': decision.cluster };
}

function decisionBadge({ decision }: Hop): VElement {
  if (decision.kind === 'forward') return badge('ok', 'forwards');
  if (decision.kind === 'ask') return badge('warn', `asks for ${decision.need}`);
  if (decision.status === 0) return badge('bad', 'closes the connection');
  return badge(decision.status >= 400 ? 'bad' : 'plain', `answers ${decision.status}`);
}

function outcome({ decision, destinations }: Hop, sources: Sources): Child {
  if (decision.kind === 'ask') return false;
  if (decision.kind === 'reply')
    return h(
      'dl',
      { class: 'facts' },
      row('Details', decision.details),
      decision.flag !== '-' && row('Flag', decision.flag),
      decision.body !== '' && row('Body', decision.body),
      routeRow(decision.route, sources),
    );
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0);
  const edits = [
    ...decision.requestEdits.map((edit) => explainEdit('request', edit)),
    ...decision.responseEdits.map((edit) => explainEdit('response', edit)),
  ];
  return h(
    'dl',
    { class: 'facts' },
    row(
      'Cluster',
      destinations.length > 1
        ? h(
            'ul',
            { class: 'shares' },
            destinations.map(({ cluster, weight }) => shareOf(cluster, weight / total)),
          )
        : h('code', {}, decision.cluster),
    ),
    routeRow(decision.route, sources),
    decision.timeoutMs > 0 && row('Timeout', `${decision.timeoutMs} ms`),
    decision.retry && row('Retries', `${decision.retry.attempts} on ${decision.retry.on.join(', ')}`),
    edits.length > 0 &&
      row(
        'Edits',
        h(
          'ul',
          { class: 'edits' },
          edits.map((edit) => h('li', {}, edit)),
        ),
      ),
  );
}

const row = (name: string, value: Child): Child => [h('dt', {}, name), h('dd', {}, value)];

function routeRow(route: string, sources: Sources): Child {
  return route !== '' && row('Route', [h('code', {}, route), ' ', placeLink(route, sources)]);
}

function shareOf(cluster: string, share: number): VElement {
  return h(
    'li',
    { key: cluster },
    bar(share, 'plain', formatShare(share)),
    h('span', {}, formatShare(share)),
    h('code', {}, cluster),
  );
}

function stepView({ step, verdict, text, source }: TraceEntry, at: number, sources: Sources): VElement {
  const [mark, meaning] = marks[verdict];
  return h(
    'li',
    { class: `step ${verdict}`, key: String(at) },
    h('span', { class: 'step-mark', role: 'img', 'aria-label': meaning }, mark),
    h('span', { class: 'step-name' }, step),
    h('span', { class: 'step-text' }, text),
    source !== undefined && placeLink(source, sources),
  );
}

function placeLink(source: string, sources: Sources): Child {
  const place = sources.get(source);
  if (!place) return false;
  const href = placeHref({
    view: 'configuration',
    settings: [
      ['file', place.file],
      ['line', String(place.line)],
    ],
  });
  return h('a', { class: 'source', href, title: source }, `${place.file}:${place.line}`);
}
