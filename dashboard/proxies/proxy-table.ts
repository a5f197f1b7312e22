import type { ProxyRow } from '../control-api.ts';
import { h, type VElement } from '../dom/element.ts';
import { formatAgo } from '../format.ts';
import { badge, emptyState } from '../notice.ts';
import { placeHref } from '../place.ts';
import { certificateBar } from './certificate-life.ts';

const headings = ['Proxy', 'Version', 'Runtime', 'Address', 'Configuration', 'Certificate', 'Last report'];

/** Every proxy of the mesh with what it runs. `now` in ms since the epoch. */
export function proxyTable(proxies: readonly ProxyRow[], now: number): VElement {
  if (proxies.length === 0)
    return emptyState(
      'No proxy is running',
      'Start one with weft run, or a whole demonstration with weft up --demo.',
    );
  const behind = proxies.filter((proxy) => proxy.rejected || !proxy.synced).length;
  return h(
    'div',
    { class: 'page' },
    h(
      'p',
      { class: 'summary' },
      `${proxies.length} proxies, `,
      behind === 0 ? badge('ok', 'all run the newest configuration') : badge('warn', `${behind} not in sync`),
    ),
    h(
      'table',
      { class: 'wide' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          headings.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        proxies.map((proxy) => tableRow(proxy, now)),
      ),
    ),
  );
}

function tableRow(proxy: ProxyRow, now: number): VElement {
  const { instance, kind, namespace, workload, version, runtime, address, port } = proxy;
  return h(
    'tr',
    { key: instance, 'data-proxy': workload },
    h(
      'td',
      {},
      h('a', { href: placeHref({ view: 'proxies', item: instance }) }, workload || instance),
      h('span', { class: 'quiet' }, ` ${namespace} · ${kind}`),
    ),
    h('td', {}, version || '–'),
    h('td', {}, runtime || '–'),
    h('td', { class: 'code' }, address === '' ? '–' : `${address}:${port}`),
    h('td', {}, syncBadge(proxy)),
    h('td', {}, certificateBar(proxy.certificate, now)),
    h('td', {}, proxy.lastReport ? formatAgo(proxy.lastReport, now) : badge('warn', 'never')),
  );
}

/** What a proxy runs, and whether that is what it should. */
export function syncBadge({ revision, synced, rejected }: ProxyRow): VElement {
  if (rejected) return badge('bad', `revision ${revision}, rejected ${rejected.revision ?? 'the newest'}`);
  if (revision === 0) return badge('bad', 'no configuration');
  return synced ? badge('ok', `revision ${revision}`) : badge('warn', `revision ${revision}, behind`);
}
