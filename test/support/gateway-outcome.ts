import type { Edit, Forward, Reply } from '../../src/proxy/decide/decision.ts';
import type { Hop } from '../../src/proxy/explain/explain-hops.ts';
import { type Echo, echoedHeaders } from './echo-upstream.ts';
import type { RawResponse } from './raw-request.ts';
import type { GeneratedRequest } from './request-generator.ts';

/** What becomes of a request, as far as both an explanation and the wire can tell. */
export interface GatewayOutcome {
  readonly status: number;
  /** Source key, or empty. */
  readonly route: string;
  /** Those that are possible, or the one that was taken. */
  readonly clusters: readonly string[];
  readonly flag: string;
  /** `name: value`, sorted; repeated ones joined, but for Set-Cookie. */
  readonly headers: readonly string[];
  /** `echo` stands for what the upstream said. */
  readonly body: string;
  /** What the upstream gets, once for every attempt. */
  readonly upstream: readonly Attempted[];
}

interface Attempted {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: string;
}

type Pairs = readonly (readonly [string, string])[];

const bodiless = new Set([204, 304]);
/** What HTTP, workerd and `wrangler dev` say by themselves. Host is the endpoint's: fetch cannot choose it. */
const ownRequestHeaders = new Set(
  'host accept-encoding cf-worker connection content-length transfer-encoding'.split(' '),
);
const ownResponseHeaders = new Set('date connection keep-alive content-length transfer-encoding'.split(' '));
const debugHeaders = ['x-weft-route', 'x-weft-cluster', 'x-weft-flag', 'x-weft-revision'];

/** What the explanation of the gateway promises; the upstream answers as the request tells it to. */
export function promisedOutcome(hop: Hop, request: GeneratedRequest): GatewayOutcome {
  const { decision, destinations } = hop;
  if (decision.kind === 'ask') throw new Error('an explanation never asks');
  if (decision.kind === 'reply') return promisedReply(decision, request);
  const wishes = new Map(request.headers);
  const status = Number(wishes.get('x-echo-status') ?? 200);
  const retries = promisedRetries(decision, status);
  const answer = edited(withoutDebug(echoedHeaders(wishes.get('x-echo-header'))), decision.responseEdits);
  const attempted = promisedAttempt(hop, decision, request);
  return {
    status,
    route: decision.route,
    clusters: destinations.map(({ cluster }) => cluster),
    flag: retries > 0 ? 'URX' : '-',
    headers: headerLines(answer, ownResponseHeaders),
    body: bodyOf('echo', status, request),
    upstream: Array.from({ length: 1 + retries }, () => attempted),
  };
}

/** The outcome without what depends on the destination that chance picked. */
export function whateverDestination({ status, route, flag, body, upstream }: GatewayOutcome) {
  return { status, route, flag, body, upstream: upstream.map(({ line }) => line) };
}

/** What the door promises: a refusal before anything else looks at the request. */
export function refusedOutcome(status: number, reason: string, request: GeneratedRequest): GatewayOutcome {
  const headers = ['content-type: text/plain'];
  const body = bodyOf(reason, status, request);
  return { status, route: '', clusters: [], flag: '', headers, body, upstream: [] };
}

/** What happened on the wire. */
export function livingOutcome(
  { status, headers, body }: RawResponse,
  echoes: readonly Echo[],
): GatewayOutcome {
  const [route = '', cluster = '', flag = ''] = debugHeaders.map((name) => headerValue(headers, name));
  const isEcho = echoes.some((echo) => JSON.stringify(echo) === body);
  return {
    status,
    route,
    clusters: cluster === '' ? [] : [cluster],
    flag,
    headers: headerLines(withoutDebug(headers), ownResponseHeaders),
    body: isEcho ? 'echo' : body,
    upstream: echoes.map((echo) => ({
      line: `${echo.method} ${echo.url}`,
      headers: headerLines(echo.headers, ownRequestHeaders),
      body: echo.body,
    })),
  };
}

function promisedReply(reply: Reply, request: GeneratedRequest): GatewayOutcome {
  const { status, body, route, flag } = reply;
  const headers = seenThroughDev(reply.headers, request);
  const typed = body === '' || headers.some(([name]) => name === 'content-type');
  const all: Pairs = typed ? headers : [...headers, ['content-type', 'text/plain']];
  return {
    status,
    route,
    clusters: [],
    flag,
    headers: headerLines(all, ownResponseHeaders),
    body: bodyOf(body, status, request),
    upstream: [],
  };
}

function promisedAttempt(hop: Hop, { requestEdits }: Forward, request: GeneratedRequest): Attempted {
  const { path, query } = hop.request;
  const rewritten = requestEdits.findLast((edit) => edit.kind === 'path');
  return {
    line: `${request.method} ${rewritten?.value ?? path}${query}`,
    headers: headerLines(edited(request.headers, requestEdits), ownRequestHeaders),
    body: request.body ?? '',
  };
}

/** Retries of an upstream that always answers with this status. */
function promisedRetries({ retry }: Forward, status: number): number {
  if (!retry) return 0;
  const gatewayError = retry.on.includes('gateway-error') && [502, 503, 504].includes(status);
  return gatewayError || retry.statuses.includes(status) ? retry.attempts : 0;
}

function bodyOf(body: string, status: number, { method }: GeneratedRequest): string {
  return method === 'HEAD' || bodiless.has(status) ? '' : body;
}

/** The gateway's own, whatever the upstream says. */
function withoutDebug(headers: Pairs): Pairs {
  return headers.filter(([name]) => !debugHeaders.includes(name));
}

function edited(headers: Pairs, edits: readonly Edit[]): Pairs {
  let result = [...headers];
  for (const edit of edits) {
    if (!('name' in edit)) continue;
    if (edit.kind !== 'add') result = result.filter(([name]) => name !== edit.name);
    if (edit.kind !== 'remove') result.push([edit.name, edit.value]);
  }
  return result;
}

/**
 * `wrangler dev` writes every URL of the host that was asked as its own clients would, with `http`, so that of a
 * Location on the same host only the rest can be compared.
 */
function seenThroughDev(headers: Pairs, { scheme: asked, host }: GeneratedRequest): Pairs {
  const own = new URL(`${asked}://${host}`).host;
  return headers.map(([name, value]) => {
    const [, origin = '', rest = ''] = /^(https?:\/\/[^/?]+)(.*)$/.exec(value) ?? [];
    const rewritten = name === 'location' && origin !== '' && new URL(origin).host === own;
    return [name, rewritten ? new URL(`http://${host}`).origin + rest : value];
  });
}

function headerLines(headers: Pairs, own: ReadonlySet<string>): string[] {
  const byName = new Map<string, string>();
  const cookies: string[] = [];
  for (const [name, value] of headers) {
    const before = byName.get(name);
    if (name === 'set-cookie') cookies.push(`set-cookie: ${value}`);
    else if (!own.has(name))
      byName.set(name, before === undefined ? shapeOf(name, value) : `${before}, ${value}`);
  }
  return [...cookies, ...[...byName].map(([name, value]) => `${name}: ${value}`)].sort();
}

/** Request ids are random. */
function shapeOf(name: string, value: string): string {
  const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
  return name === 'x-request-id' && uuid.test(value) ? 'UUID' : value;
}

function headerValue(headers: Pairs, name: string): string {
  return headers.find(([key]) => key === name)?.[1] ?? '';
}
