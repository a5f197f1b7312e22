import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the proxy saw it. */
export interface Recorded {
  /** As on the request line: `http://reviews:9080/reviews/0`. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
}

/** Where a host leads: the base URL of a server, a status to answer, or nowhere (never answered). */
export type Upstream = string | number | 'silent';

/** A forward proxy that keeps what it was asked, and sends each host where it is told. Unknown hosts get 404. */
export interface RecordingProxy {
  /** For HTTP_PROXY, with a user name and a password. */
  readonly url: string;
  /** The `proxy-authorization` that belongs to it. */
  readonly credential: string;
  readonly recorded: Recorded[];
  /** By authority, `reviews:9080`. */
  readonly upstreams: Map<string, Upstream>;
  close(): void;
}

export async function startRecordingProxy(): Promise<RecordingProxy> {
  const recorded: Recorded[] = [];
  const upstreams = new Map<string, Upstream>();
  const server = createServer((request, response) => {
    const target = request.url ?? '';
    recorded.push({ target, headers: request.headers });
    answer(upstreams.get(authorityOf(target)) ?? 404, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://weft:a%2Fsecret@127.0.0.1:${port}`,
    credential: `Basic ${btoa('weft:a/secret')}`,
    recorded,
    upstreams,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function authorityOf(target: string): string {
  return URL.canParse(target) ? new URL(target).host : '';
}

function answer(upstream: Upstream, request: IncomingMessage, response: ServerResponse): void {
  if (upstream === 'silent') return;
  if (typeof upstream === 'number') {
    response.writeHead(upstream).end();
    return;
  }
  const { pathname } = new URL(request.url ?? '');
  get(`${upstream}${pathname}`, { headers: request.headers }, (from) => {
    response.writeHead(from.statusCode ?? 502, from.headers);
    from.pipe(response);
  }).on('error', () => response.writeHead(502).end());
}
