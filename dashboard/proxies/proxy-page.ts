import type { ProxyRow } from '../control-api.ts';
import { type Child, h, type VElement } from '../dom/element.ts';
import { formatAgo, formatMoment } from '../format.ts';
import { emptyState, facts, whenLoaded } from '../notice.ts';
import { type Place, placeHref } from '../place.ts';
import type { Remote } from '../remote.ts';
import { certificateBar } from './certificate-life.ts';
import { syncBadge } from './proxy-table.ts';

const parts = ['route', 'cluster', 'endpoint', 'secret', 'listener', 'policy'] as const;
export type ConfigPart = (typeof parts)[number];

/** The part of its configuration that a place asks for. */
export function partOf({ settings }: Place): ConfigPart {
  return parts.find((part) => part === settings.get('part')) ?? parts[0];
}

/** One proxy: what it is, what it runs, its certificate, and its configuration by part. */
export function proxyPage(
  proxies: readonly ProxyRow[],
  place: Place,
  configuration: Remote<unknown>,
  now: number,
): VElement {
  const back = h('a', { class: 'back', href: placeHref({ view: 'proxies' }) }, '← All proxies');
  const proxy = proxies.find(({ instance }) => instance === place.item);
  if (!proxy)
    return h(
      'div',
      { class: 'page' },
      back,
      emptyState('This proxy is gone', `No instance ${place.item} reports to control any more.`),
    );
  return h(
    'div',
    { class: 'page' },
    back,
    h('h1', {}, proxy.workload, h('span', { class: 'quiet' }, ` ${proxy.namespace} · ${proxy.kind}`)),
    proxy.rejected &&
      h(
        'p',
        { class: 'notice bad', role: 'alert' },
        `Rejected: ${proxy.rejected.code}: ${proxy.rejected.detail}. It goes on with revision ${proxy.revision}.`,
      ),
    h(
      'div',
      { class: 'cards' },
      h('section', { class: 'card' }, h('h2', {}, 'Process'), processFacts(proxy, now)),
      h('section', { class: 'card' }, h('h2', {}, 'Identity'), identityFacts(proxy, now)),
    ),
    tabs(proxy, partOf(place)),
    whenLoaded(configuration, (value) => configurationTable(value)),
  );
}

function processFacts(proxy: ProxyRow, now: number): VElement {
  return facts([
    ['Instance', h('code', {}, proxy.instance)],
    ['Version', proxy.version || '–'],
    ['Runtime', proxy.runtime || '–'],
    ['Address', proxy.address === '' ? '–' : h('code', {}, `${proxy.address}:${proxy.port}`)],
    ['Configuration', syncBadge(proxy)],
    [
      'Started',
      proxy.startedAt ? `${formatAgo(proxy.startedAt, now)} (${formatMoment(proxy.startedAt)})` : '–',
    ],
    ['Last report', proxy.lastReport ? formatAgo(proxy.lastReport, now) : 'never'],
  ]);
}

function identityFacts({ certificate }: ProxyRow, now: number): VElement {
  if (!certificate) return h('p', { class: 'quiet' }, 'This proxy reports no certificate.');
  return facts([
    ['SPIFFE ID', h('code', {}, certificate.id)],
    ['Valid from', formatMoment(certificate.notBefore)],
    ['Valid until', formatMoment(certificate.notAfter)],
    ['Life', certificateBar(certificate, now)],
  ]);
}

function tabs({ instance }: ProxyRow, current: ConfigPart): VElement {
  return h(
    'nav',
    { class: 'tabs', 'aria-label': 'Parts of the configuration' },
    parts.map((part) =>
      h(
        'a',
        {
          href: placeHref({ view: 'proxies', item: instance, settings: [['part', part]] }),
          'aria-current': part === current ? 'page' : undefined,
        },
        part,
      ),
    ),
  );
}

/** Rows as a table, whatever their columns; anything else as JSON. */
export function configurationTable(value: unknown): Child {
  const rows = rowsOf(value);
  if (rows === undefined) return h('pre', { class: 'text' }, JSON.stringify(value, null, 2));
  if (rows.length === 0) return emptyState('Nothing here', 'This proxy has no configuration of this kind.');
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return h(
    'table',
    { class: 'wide' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        columns.map((name) => h('th', { scope: 'col' }, name)),
      ),
    ),
    h(
      'tbody',
      {},
      rows.map((row, index) =>
        h(
          'tr',
          { key: String(index) },
          columns.map((name) => h('td', { class: 'code' }, cellText(row.get(name)))),
        ),
      ),
    ),
  );
}

function rowsOf(value: unknown): ReadonlyMap<string, unknown>[] | undefined {
  const list = Array.isArray(value) ? value : Object(value).rows;
  if (!Array.isArray(list)) return undefined;
  return list.map((row: unknown) => new Map(Object.entries(Object(row))));
}

function cellText(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
