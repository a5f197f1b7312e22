import type { CoreRequest, CoreResult } from '../support/gateway-api-core.ts';

/** One request of a test, and what is expected. */
export interface Case {
  readonly proto: string;
  readonly scheme?: 'http' | 'https';
  readonly serverName?: string;
  readonly unresolved?: boolean;
  readonly request: {
    readonly method?: string;
    readonly host?: string | null;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly grpcMethod?: string;
    readonly authority?: string | null;
    readonly metadata?: Readonly<Record<string, string>>;
  };
  readonly expect: Expectation;
  readonly via: {
    readonly gateway?: { readonly Name: string; readonly Namespace: string };
    readonly client?: string;
    readonly clientNamespace?: string;
  } | null;
  readonly distribution?: {
    readonly weights: Readonly<Record<string, number>>;
    readonly requests: number;
    readonly tolerance: number;
  };
}

/** What is to come of a request. */
export interface Expectation {
  readonly status?: readonly number[];
  readonly statusNot?: readonly number[];
  readonly grpcCode?: string;
  readonly backend?: string;
  readonly backendNamespace?: string;
  readonly backendRequest?: {
    readonly path?: string;
    readonly host?: string | null;
    readonly headers?: Readonly<Record<string, string>>;
    readonly headersAbsent?: readonly string[];
    readonly sni?: string;
  };
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly responseHeadersAbsent?: readonly string[];
  readonly redirect?: {
    readonly scheme?: string;
    readonly host?: string;
    readonly port?: string;
    readonly path?: string;
  };
  readonly mirroredTo?: readonly { readonly name: string; readonly percent?: number }[];
}

/** What is wrong with what came, if something is. */
export function wrongResult({ expect }: Case, request: CoreRequest, result: CoreResult): string | undefined {
  return (
    wrongStatus(expect, result) ??
    wrongRedirect(expect.redirect, request, result) ??
    wrongBackend(expect, request, result) ??
    wrongResponse(expect, result)
  );
}

function wrongStatus(expect: Expectation, { status }: CoreResult): string | undefined {
  const wanted = expect.status ?? (expect.grpcCode ? [GRPC_STATUS[expect.grpcCode] ?? 0] : [200]);
  if (expect.statusNot) return expect.statusNot.includes(status) ? `status ${status}` : undefined;
  return wanted.includes(status) ? undefined : `status ${status}`;
}

/** What a proxy's own answer is to clients of gRPC. */
const GRPC_STATUS: Readonly<Record<string, number>> = { OK: 200, Unimplemented: 404, Unavailable: 503 };

function wrongBackend(expect: Expectation, sent: CoreRequest, result: CoreResult): string | undefined {
  const { backend, backendNamespace, backendRequest, mirroredTo } = expect;
  if (backend && backend !== result.service && !result.backends.includes(backend))
    return `backend ${result.service} ${result.backends.join()}`;
  if (backend && backendNamespace && backendNamespace !== result.namespace)
    return `namespace ${result.namespace}`;
  const missing = mirroredTo?.find(
    ({ name, percent = 100 }) => percent > 0 && !result.mirrors.includes(name),
  );
  if (missing) return `mirrored to ${result.mirrors.join() || 'nobody'}`;
  const { request } = result;
  if (!backend || !request) return undefined;
  const { sni } = backendRequest ?? {};
  if (sni && sni !== result.backendServerName) return `server name ${result.backendServerName}`;
  const path = backendRequest?.path || sent.path;
  const host = backendRequest?.host ?? sent.authority;
  if (request.path + request.query !== path) return `path ${request.path}${request.query}`;
  if (request.authority !== host) return `host ${request.authority}`;
  for (const [name, value] of Object.entries(backendRequest?.headers ?? {})) {
    const got = request.headers.getAll(name.toLowerCase()).join(',');
    if (got !== value) return `header ${name}: ${got}`;
  }
  const kept = backendRequest?.headersAbsent?.find((name) => request.headers.has(name.toLowerCase()));
  return kept === undefined ? undefined : `header ${kept} is there`;
}

function wrongResponse({ responseHeaders, responseHeadersAbsent }: Expectation, { headers }: CoreResult) {
  const values = (name: string) =>
    headers
      .filter(([key]) => key === name.toLowerCase())
      .map(([, value]) => value)
      .join(',');
  const wrong = Object.entries(responseHeaders ?? {}).find(([name, value]) => values(name) !== value);
  if (wrong) return `response header ${wrong[0]}: ${values(wrong[0])}`;
  const kept = responseHeadersAbsent?.find((name) => values(name) !== '');
  return kept === undefined ? undefined : `response header ${kept} is there`;
}

/** What is not written is that of the request; a port that is not written is the scheme's own. */
function wrongRedirect(
  wanted: Expectation['redirect'],
  sent: CoreRequest,
  { headers }: CoreResult,
): string | undefined {
  if (!wanted) return undefined;
  const location = headers.find(([name]) => name === 'location')?.[1] ?? '';
  const [, scheme, host, port = '', path = '/'] =
    /^(\w+):\/\/([^/:]*)(?::(\d+))?([^?]*)/.exec(location) ?? [];
  const own = sent.authority.replace(/:\d+$/, '');
  const ok =
    scheme === (wanted.scheme || sent.scheme) &&
    host === (wanted.host || own) &&
    (port || PORTS[scheme ?? '']) === (wanted.port || PORTS[wanted.scheme || sent.scheme]) &&
    path === (wanted.path || sent.path.replace(/\?.*$/, ''));
  return ok ? undefined : `location ${location}`;
}

const PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };
