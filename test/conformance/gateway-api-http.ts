import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource } from '../../src/config/resource/resource.ts';
import { type CoreRequest, type CoreResult, GatewayApiCore } from '../support/gateway-api-core.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Test {
  readonly suite: 'gateway' | 'mesh';
  readonly test: string;
  readonly manifests: readonly { readonly text: string }[];
  readonly cases: readonly Case[];
}

interface Case {
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

interface Expectation {
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

/** Requests of the Gateway API's own suite, on the real compiler and the real decisions. */
export const suite: Suite = {
  name: 'gateway-api-http',
  async run(data) {
    const base = JSON.parse(await readFile(join(data, 'gateway-api-base.json'), 'utf8'));
    const text = await readFile(join(data, 'gateway-api-http.jsonl'), 'utf8');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.flatMap((line) => judgeTest(JSON.parse(line) as Test, base));
  },
};

/** Certificates come from files here, whichever Secret is named. */
const FILES = 'options: { weft.dev/certificate-file: a, weft.dev/private-key-file: a }';

function judgeTest(test: Test, base: Readonly<Record<string, string>>): readonly CaseResult[] {
  const texts = [base[test.suite] ?? '', ...test.manifests.map(({ text }) => text)].map((text) =>
    text
      .replaceAll('{GATEWAY_CLASS_NAME}', 'weft')
      .replace(/^( *)certificateRefs:/gm, `$1${FILES}\n$1certificateRefs:`),
  );
  const core = new GatewayApiCore(texts);
  return test.cases
    .map((one, index) => ({ one, index }))
    .filter(({ one }) => !one.unresolved)
    .map(({ one, index }) => {
      const id = `${test.test} ${index}`;
      const expected = JSON.stringify({ ...one.request, ...one.expect });
      const wrong = judge(one, core, texts.join('\n'));
      if (wrong === undefined) return { id, verdict: 'passed' as const };
      return { id, verdict: 'failed' as const, expected, got: `${wrong} ${core.refused.join('; ')}` };
    });
}

/** What is wrong, if something is. */
function judge(one: Case, core: GatewayApiCore, texts: string): string | undefined {
  if (one.proto === 'udp') return 'no UDP is forwarded';
  if (one.proto === 'tcp' || one.proto === 'tls') return wrongConnection(one, core);
  const request = requestOf(one, texts, core);
  if (one.distribution) return wrongShares(one, request, core);
  const mirrored = one.expect.mirroredTo?.every(({ percent = 100 }) => percent > 0);
  const result = send(one, request, core, mirrored === false ? 0.999 : 0);
  if (typeof result === 'string') return result;
  return (
    wrongStatus(one.expect, result) ??
    wrongRedirect(one.expect.redirect, request, result) ??
    wrongBackend(one.expect, request, result) ??
    wrongResponse(one.expect, result)
  );
}

function send(one: Case, request: CoreRequest, core: GatewayApiCore, draw: number): CoreResult | string {
  const { gateway, client, clientNamespace = '' } = one.via ?? {};
  if (client !== undefined) {
    const labels = client.split(',').map((pair) => pair.split('=') as [string, string]);
    return core.fromWorkload(clientNamespace, labels, request, draw);
  }
  const only = core.resources.findLast(({ kind }) => kind === 'KubernetesGateway');
  if (gateway) return core.throughGateway(gateway.Namespace, gateway.Name, request, draw);
  return only ? core.throughGateway(only.namespace, only.name, request, draw) : 'there is no gateway';
}

function requestOf(
  { proto, scheme = 'http', serverName, request, via }: Case,
  texts: string,
  core: GatewayApiCore,
): CoreRequest {
  const grpc = proto === 'grpc';
  const authority = request.authority ?? request.host ?? (via?.client ? 'echo' : 'example.org');
  const written = Number(/:(\d+)$/.exec(authority)?.[1] ?? (scheme === 'https' ? 443 : 80));
  const ports = portsOf(via?.gateway ?? undefined, core);
  const port =
    ports.length === 0 || ports.includes(written)
      ? written
      : (ports.find((one) => one === 80) ?? ports[0] ?? written);
  const method = request.grpcMethod ?? '';
  // The name of a Go import stands before the service.
  const path = texts.includes(method.split('/')[0] ?? '') ? method : method.replace(/^grpc\./, '');
  return {
    scheme,
    port,
    serverName,
    method: grpc ? 'POST' : (request.method ?? 'GET'),
    authority,
    path: grpc ? `/${path}` : request.path || '/',
    headers: Object.entries((grpc ? request.metadata : request.headers) ?? {}),
  };
}

/** The ports of a Gateway and of its ListenerSets. */
function portsOf(
  gateway: { readonly Name: string; readonly Namespace: string } | undefined,
  { resources }: GatewayApiCore,
): readonly number[] {
  const gateways = resources.filter(
    (one) => one.kind === 'KubernetesGateway',
  ) as Resource<'KubernetesGateway'>[];
  const sets = resources.filter((one) => one.kind === 'ListenerSet') as Resource<'ListenerSet'>[];
  return [
    ...gateways.filter(({ name }) => name === gateway?.Name),
    ...sets.filter(({ spec }) => spec.parentRef.name === gateway?.Name),
  ].flatMap(({ spec }) => spec.listeners.map(({ port }) => port));
}

/** The server name is that of the test's TLSRoute. */
function wrongConnection({ via, expect }: Case, core: GatewayApiCore): string | undefined {
  const { gateway } = via ?? {};
  if (!gateway) return 'there is no gateway';
  const routes = core.resources.filter((one) => one.kind === 'TLSRoute') as Resource<'TLSRoute'>[];
  const names = routes[0]?.spec.hostnames ?? [];
  const service = core.connect(gateway.Namespace, gateway.Name, portsOf(gateway, core)[0] ?? 0, names[0]);
  return service === expect.backend ? undefined : `backend ${service}`;
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

function wrongShares(one: Case, request: CoreRequest, core: GatewayApiCore): string | undefined {
  const { weights = {}, requests = 0, tolerance = 0 } = one.distribution ?? {};
  const counts = new Map<string, number>();
  for (let i = 0; i < requests; i++) {
    const result = send(one, request, core, i / requests);
    const name = typeof result === 'string' ? result : result.service;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const wrong = Object.entries(weights).find(
    ([name, share]) => Math.abs((counts.get(name) ?? 0) / requests - share) > tolerance,
  );
  return wrong ? `shares ${JSON.stringify([...counts])}` : undefined;
}
