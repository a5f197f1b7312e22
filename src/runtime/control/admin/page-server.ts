import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AdminAnswer, type AdminPage, text } from './admin-page.ts';
import { isFromElsewhere } from './loopback-guard.ts';

export interface PageServerOptions {
  /** IP address to bind. */
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly pages: readonly AdminPage[];
  /** Finds the page of a path that `pages` does not name. */
  readonly fallback?: (path: string) => AdminPage | undefined;
  /** Whether only tools of this machine are answered. */
  readonly localOnly?: boolean;
  /** What a POST must bring, `authorization: Bearer <token>`; absent = nothing. */
  readonly token?: string | undefined;
}

/** An open port of pages. */
export interface PageServer {
  readonly port: number;
  close(): void;
}

/** Serves pages until the process ends, which it does not hold up. Rejects where the port cannot be bound. */
export function servePages(options: PageServerOptions): Promise<PageServer> {
  const pages = new Map(options.pages.map((page) => [page.path, page]));
  const find = (path: string) => pages.get(path) ?? options.fallback?.(path);
  const wanted = options.token === undefined ? undefined : digest(`Bearer ${options.token}`);
  const server = createServer({ requestTimeout: 5000 }, (request, response) => {
    // Bodies are of no use to any page.
    request.resume();
    const local = isLocal(request);
    if (options.localOnly && !local) send(response, text('', 403));
    else void answer(request, local, find, wanted).then((answered) => send(response, answered));
  });
  server.maxConnections = 128;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: options.address }, () => {
      const { port } = server.address() as AddressInfo;
      resolve({ port, close: () => void server.close() });
    });
    server.unref();
  });
}

async function answer(
  { method = 'GET', url: target = '/', headers }: IncomingMessage,
  local: boolean,
  find: (path: string) => AdminPage | undefined,
  wanted: Uint8Array | undefined,
): Promise<AdminAnswer> {
  const at = target.indexOf('?');
  const page = find(at === -1 ? target : target.slice(0, at));
  if (page === undefined) return text('invalid path. /help lists the pages\n', 404);
  if (!allows(page, method)) return text(`Method Not Allowed: ${page.path} wants ${page.method}\n`, 405);
  if (method === 'POST' && wanted && !timingSafeEqual(digest(headers.authorization ?? ''), wanted))
    return text('Unauthorized: what changes something wants the admin token\n', 401);
  try {
    const query = new URLSearchParams(at === -1 ? '' : target.slice(at + 1));
    return await page.answer({ method: method === 'POST' ? 'POST' : 'GET', query, local });
  } catch (error) {
    return text(`${error instanceof Error ? error.message : String(error)}\n`, 500);
  }
}

/** Digests have one length, so that comparing them tells nothing of the secret's. */
function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

function isLocal({ socket: { remoteAddress = '' }, headers }: IncomingMessage): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(remoteAddress) && !isFromElsewhere(headers);
}

function allows({ method: wanted }: AdminPage, method: string): boolean {
  if (wanted === 'any') return method === 'GET' || method === 'POST';
  return method === wanted || (method === 'HEAD' && wanted === 'GET');
}

function send(response: ServerResponse, { status, type, body }: AdminAnswer): void {
  const headers = {
    'content-type': type,
    'cache-control': 'no-cache, max-age=0',
    'x-content-type-options': 'nosniff',
  };
  response.writeHead(status, headers).end(body);
}
