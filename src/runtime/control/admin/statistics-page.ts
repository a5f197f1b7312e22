import { type AdminAnswer, json, text } from './admin-page.ts';
import type { ProxyView } from './proxy-view.ts';
import { serverState } from './readiness-page.ts';

/** Prometheus' text exposition format. */
export const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

const STATES = ['LIVE', 'DRAINING', 'PRE_INITIALIZING', 'INITIALIZING'];

interface Statistic {
  readonly name: string;
  readonly value: number;
}

/** Envoy's `/stats`: `name: value` a line, or `?format=json|prometheus`; `?filter=` is a regular expression (RE2). */
export function statistics(view: ProxyView, query: URLSearchParams): AdminAnswer {
  const format = query.get('format') ?? 'text';
  if (format === 'prometheus') return { status: 200, type: PROMETHEUS, body: view.stats.prometheus() };
  if (format !== 'json' && format !== 'text')
    return text('usage: /stats?format=(text|json|prometheus)\n', 400);
  const all = [...serverStatistics(view), ...samplesOf(view.stats.prometheus())];
  const pattern = query.get('filter');
  const shown = pattern === null ? all : all.filter(({ name }) => view.filter(pattern)(name));
  if (format === 'json') return json({ stats: shown });
  return text(shown.map(({ name, value }) => `${name}: ${value}\n`).join(''));
}

function serverStatistics({ status, server, now, ports, clusters }: ProxyView): Statistic[] {
  const open = ports();
  return [
    { name: 'server.live', value: Number(status.ready) },
    { name: 'server.state', value: STATES.indexOf(serverState(status)) },
    { name: 'server.uptime', value: Math.floor((now() - server.startedAt) / 1000) },
    { name: 'cluster_manager.active_clusters', value: clusters().length },
    { name: 'listener_manager.total_listeners_active', value: open.length },
    ...open.map(({ name, connections }) => ({
      name: `listener.${name}.downstream_cx_active`,
      value: connections,
    })),
  ];
}

/** The samples of our own exposition; a line is `name{labels} value`, and labels hold no line ends. */
function samplesOf(exposition: string): Statistic[] {
  const lines = exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const at = line.lastIndexOf(' ');
    return { name: line.slice(0, at), value: Number(line.slice(at + 1)) };
  });
}
