import { type AdminAnswer, json, text } from './admin-page.ts';
import type { ProxyStatus } from './proxy-view.ts';

/** Envoy's states of a server. */
export type ServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING';

/** `INITIALIZING` is one that has its configuration and cannot prove who it is. */
export function serverState({ ready, leaving, active }: ProxyStatus): ServerState {
  if (leaving) return 'DRAINING';
  if (active === undefined) return 'PRE_INITIALIZING';
  return ready ? 'LIVE' : 'INITIALIZING';
}

/**
 * `/ready`: Envoy's state, 200 for LIVE and 503 for anything else. Without control a proxy serves on, so that its absence
 * is told (`?format=json`) and makes nobody unready.
 */
export function readiness(status: ProxyStatus, query: URLSearchParams): AdminAnswer {
  const code = status.ready ? 200 : 503;
  if (query.get('format') !== 'json') return text(`${serverState(status)}\n`, code);
  const { ready, revision, controlAwaySince: away } = status;
  const since = away === undefined ? {} : { controlAwaySince: new Date(away).toISOString() };
  return json({ ready, state: serverState(status), revision, ...since }, code);
}
