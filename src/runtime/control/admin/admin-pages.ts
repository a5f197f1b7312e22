import { type AdminPage, json, text } from './admin-page.ts';
import { certificates } from './certificates-page.ts';
import { clusters } from './clusters-page.ts';
import { logging } from './logging-page.ts';
import type { ProxyView } from './proxy-view.ts';
import { readiness } from './readiness-page.ts';
import { configDump, listenerStatuses, serverInfo } from './server-info-page.ts';
import { statistics } from './statistics-page.ts';

/** Envoy's admin pages that scripts use, for a proxy. Only those that want POST change anything. */
export function adminPages(view: ProxyView): AdminPage[] {
  const pages = [...readingPages(view), ...changingPages(view)];
  const help = (): string =>
    pages
      .map(({ path, about }) => `  ${path}: ${about}\n`)
      .reduce((all, line) => all + line, 'admin commands are:\n');
  const shown = {
    about: 'print out list of admin commands',
    method: 'GET',
    answer: () => text(help()),
  } as const;
  pages.push({ path: '/help', ...shown }, { path: '/', ...shown, about: 'the same' });
  return pages.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function readingPages(view: ProxyView): AdminPage[] {
  const page = (path: string, about: string, answer: AdminPage['answer']): AdminPage => ({
    path,
    about,
    method: 'GET',
    answer,
  });
  const certificatesNow = () => certificates(view.svids.current(), view.bundle(), view.now());
  return [
    page('/ready', 'print server state, 200 if LIVE, otherwise 503', ({ query }) =>
      readiness(view.status, query),
    ),
    page('/clusters', 'upstream cluster status (?format=json)', ({ query }) =>
      clusters(view.clusters(), query),
    ),
    page('/config_dump', 'dump the configuration in force', () => json(configDump(view))),
    page('/stats', 'print server stats (?format=text|json|prometheus, ?filter=regex)', ({ query }) =>
      statistics(view, query),
    ),
    page('/stats/prometheus', 'print server stats in prometheus format', () =>
      statistics(view, new URLSearchParams('format=prometheus')),
    ),
    page('/certs', 'print certs on machine', () => json(certificatesNow())),
    page('/server_info', 'print server version/status information', () => json(serverInfo(view))),
    page('/listeners', 'print listener info (?format=json)', ({ query }) =>
      query.get('format') === 'json' ? json(listenerStatuses(view)) : text(listenerLines(view)),
    ),
  ];
}

function changingPages(view: ProxyView): AdminPage[] {
  return [
    {
      path: '/logging',
      about: 'query/change logging levels (POST ?level=)',
      method: 'any',
      answer: (request) => logging(view.log, request),
    },
    {
      path: '/drain_listeners',
      about: 'leave the mesh and drain listeners (POST, ?inboundonly)',
      method: 'POST',
      answer: ({ query }) => {
        view.drain(query.has('inboundonly'));
        return text('OK\n');
      },
    },
    {
      path: '/quitquitquit',
      about: 'drain and exit the server (POST)',
      method: 'POST',
      answer: () => {
        view.quit();
        return text('OK\n');
      },
    },
  ];
}

const listenerLines = ({ ports }: ProxyView): string =>
  ports()
    .map(
      ({ name, address, port }) => `${name}::${address.includes(':') ? `[${address}]` : address}:${port}\n`,
    )
    .join('');
