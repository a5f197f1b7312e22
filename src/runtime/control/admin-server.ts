import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatSpiffeId } from '../../identity/spiffe.ts';
import type { SvidSource } from '../../identity/svid-source.ts';

/** What the admin pages tell of a proxy. */
export interface ProxyStatus {
  /** Whether requests should come here. */
  readonly ready: boolean;
  /** Of the snapshot in force. */
  readonly revision: number;
  readonly active: { readonly snapshot: unknown } | undefined;
  /** Since when control answers nothing, ms since the epoch; undefined while it does. */
  readonly controlAwaySince?: number | undefined;
}

/** What the proxy tells of its traffic. */
export interface ProxyStats {
  /** Prometheus' text exposition format. */
  prometheus(): string;
  report(): unknown;
}

/** The admin port, on loopback only. Read-only, and it shows no secret. Resolves with the port it got. */
export function serveAdmin(
  port: number,
  state: ProxyStatus,
  svids: SvidSource,
  stats: ProxyStats,
): Promise<number> {
  const pages = new Map<string, () => unknown>([
    ['/ready', () => readiness(state)],
    ['/config_dump', () => ({ revision: state.revision, snapshot: state.active?.snapshot ?? null })],
    ['/certs', () => certificates(svids)],
    ['/stats', () => stats.report()],
  ]);
  const server = createServer(({ method, url = '', headers }, response) => {
    // A web page may have this address resolve to a name of its own (DNS rebinding).
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '')) {
      response.writeHead(403).end();
      return;
    }
    if (method === 'GET' && url === '/stats/prometheus') {
      response.writeHead(200, { 'content-type': PROMETHEUS }).end(stats.prometheus());
      return;
    }
    const page = method === 'GET' ? pages.get(url) : undefined;
    const ready = url !== '/ready' || state.ready;
    response.writeHead(page ? (ready ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(page ? `${JSON.stringify(page(), null, 2)}\n` : '');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => resolve((server.address() as AddressInfo).port));
    server.unref();
  });
}

const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

/** Without control a proxy serves on, so that its absence is told and makes nobody unready. */
function readiness({ ready, revision, controlAwaySince: away }: ProxyStatus) {
  return { ready, revision, ...(away !== undefined && { controlAwaySince: new Date(away).toISOString() }) };
}

function certificates(svids: SvidSource) {
  const svid = svids.current();
  if (!svid) return [];
  const [notBefore, notAfter] = [svid.notBefore, svid.notAfter].map((time) => new Date(time).toISOString());
  return [{ id: formatSpiffeId(svid.id), notBefore, notAfter }];
}
