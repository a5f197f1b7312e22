import { HeaderList } from '../../http/header-list.ts';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { Exchange } from '../../proxy/exchange.ts';
import type { ProxyResponse } from '../../proxy/forward/transport.ts';
import { rawTarget } from './raw-target.ts';

/** The fetch family's body in flight. */
export type FetchBody = ReadableStream<Uint8Array>;

/** The scheme of the connection; a header could claim any. */
export function requestScheme(request: Request): 'http' | 'https' {
  return request.url.startsWith('https:') ? 'https' : 'http';
}

/** Reads `request.url` in this file and nowhere else. Undefined = the head contradicts itself (400). */
export function fetchExchange(request: Request, connection: Connection): Exchange<FetchBody> | undefined {
  const headers = HeaderList.from(request.headers);
  const host = headers.get('host');
  const target = host === undefined ? undefined : rawTarget(request.url, host);
  if (target === undefined) return undefined;
  const body = (request.body as FetchBody | null) ?? undefined;
  return { head: { method: request.method, target, headers }, connection, body, signal: request.signal };
}

/** Statuses whose responses have no body; fetch refuses to build one. */
const bodiless = new Set([204, 205, 304]);

/** Hands a proxy response to the platform; an upstream body passes through untouched. 502 for a status it cannot say. */
export function fetchResponse({ status, headers, body }: ProxyResponse<FetchBody>): Response {
  // Fetch cannot drop a connection, so what would close one is a plain refusal.
  if (status === 0) return new Response(null, { status: 403 });
  if (status < 200 || status > 599) return unspeakable(body);
  const fields = new Headers();
  for (const [name, value] of headers) fields.append(name, value);
  return new Response(bodiless.has(status) ? null : (body ?? null), { status, headers: fields });
}

function unspeakable(body: FetchBody | string | undefined): Response {
  if (typeof body === 'object') void body.cancel().catch(() => undefined);
  return new Response(null, { status: 502 });
}
