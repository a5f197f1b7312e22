import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../../ports.ts';
import { type SpiffePage, type SpiffePageParts, spiffePage } from './spiffe-pages.ts';

/** A running endpoint. */
export interface SpiffeServer {
  readonly port: number;
  close(): void;
}

export interface SpiffeServerParts extends SpiffePageParts {
  /** What a caller must bring: `authorization: Bearer <credential>`. Empty is none, and refused. */
  readonly credential: string;
  readonly log: Log;
}

const local = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;
/** A token in the query fits. */
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * The application's own endpoint for its SVIDs, on loopback only. It gives out the private key: a caller proves by the
 * run's credential that he is the application, and no page of a browser may ask, whatever its name resolves to.
 */
export function serveSpiffe(port: number, parts: SpiffeServerParts): Promise<SpiffeServer> {
  if (parts.credential === '') return Promise.reject(new Error('the SPIFFE endpoint needs a credential'));
  const expected = digest(`Bearer ${parts.credential}`);
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 10_000 },
    (request, response) => {
      void answer(request, expected, parts).then(({ status, body }) => {
        const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
        response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
      });
    },
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      const { port: opened } = server.address() as AddressInfo;
      resolve({ port: opened, close: () => server.close() });
    });
    server.unref();
  });
}

/** Never rejects. */
async function answer(
  { method, url = '', headers }: IncomingMessage,
  expected: Uint8Array,
  parts: SpiffeServerParts,
): Promise<SpiffePage> {
  const isPage = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  if (isPage || !local.test(headers.host ?? '')) return { status: 403, body: { error: 'not for web pages' } };
  if (!timingSafeEqual(digest(headers.authorization ?? ''), expected))
    return { status: 401, body: { error: 'the credential of this run is wanted' } };
  if (method !== 'GET') return { status: 405, body: { error: 'GET is wanted' } };
  const [path = '', query = ''] = url.split('?', 2);
  try {
    return await spiffePage(parts, path, new URLSearchParams(query));
  } catch (error) {
    parts.log.warn('SPIFFE request not answered', { path, error: String(error) });
    return { status: 503, body: { error: 'control does not give it now' } };
  }
}

/** Digests have one length, so that comparing them tells nothing of the secret's. */
function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
