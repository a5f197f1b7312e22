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
}

/** The admin port, on loopback only. Read-only, and it shows no secret. Resolves with the port it got. */
export function serveAdmin(port: number, state: ProxyStatus, svids: SvidSource): Promise<number> {
  const pages = new Map<string, () => unknown>([
    ['/ready', () => ({ ready: state.ready, revision: state.revision })],
    ['/config_dump', () => ({ revision: state.revision, snapshot: state.active?.snapshot ?? null })],
    ['/certs', () => certificates(svids)],
  ]);
  const server = createServer(({ method, url = '', headers }, response) => {
    // A web page may have this address resolve to a name of its own (DNS rebinding).
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '')) {
      response.writeHead(403).end();
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

function certificates(svids: SvidSource) {
  const svid = svids.current();
  if (!svid) return [];
  const [notBefore, notAfter] = [svid.notBefore, svid.notAfter].map((time) => new Date(time).toISOString());
  return [{ id: formatSpiffeId(svid.id), notBefore, notAfter }];
}
