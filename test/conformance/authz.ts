import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../src/config/compile/mesh-settings.ts';
import { parseResources } from '../../src/config/parse.ts';
import { extensionProvider } from '../../src/config/resource/extension-provider.ts';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import type { CanonicalRequest, PathNormalization } from '../../src/http/message.ts';
import type { FetchDocument } from '../../src/identity/jwt/remote-keys.ts';
import { parseSpiffeId } from '../../src/identity/spiffe.ts';
import { activate } from '../../src/proxy/activate.ts';
import type { Answers, CheckAnswer } from '../../src/proxy/decide/answers.ts';
import { applyEdits } from '../../src/proxy/decide/apply-edits.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import type { Decision } from '../../src/proxy/decide/decision.ts';
import { learn } from '../../src/proxy/learn.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { Target } from '../../src/snapshot/target.ts';
import { tokenSource } from '../support/token-source.ts';
import type { CaseResult, Suite } from './suite.ts';

/** A line of the file. */
export interface AuthzCase {
  readonly id: string;
  readonly mesh: {
    rootNamespace: string;
    trustDomain: string;
    pathNormalization?: PathNormalization;
    numTrustedProxies?: number;
    /** What the authorizer does, in words. */
    extAuthz?: string;
    /** How fetching keys fails. */
    jwksFetch?: '404' | 'timeout';
  };
  readonly target: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly serviceAccount: string;
    readonly role?: 'gateway';
  };
  readonly policies: string;
  readonly request: CaseRequest;
  readonly expect: {
    readonly allow: boolean;
    readonly status: number;
    readonly body?: string;
    readonly backendRequestHeaders?: Readonly<Record<string, string>>;
    readonly backendRequestHeadersAbsent?: readonly string[];
  };
}

export interface CaseRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sourceIp: string;
  readonly sourcePrincipal: string | null;
  readonly mtls: boolean;
  readonly destinationIp: string;
  readonly destinationPort: number;
  readonly protocol: string;
  readonly sni: string | null;
}

/** What became of the request. */
interface Verdict {
  readonly allow: boolean;
  readonly status: number;
  readonly body?: string;
}

/** Istio's authorization tests: policies and a request, allowed or denied. */
export const suite: Suite = {
  name: 'authz',
  run: async (data) => {
    const lines = readFileSync(join(data, 'authz.jsonl'), 'utf8').split('\n');
    const jwks = JSON.stringify(JSON.parse(readFileSync(join(data, 'istio-jwt.json'), 'utf8')).jwks);
    return Promise.all(lines.filter((line) => line !== '').map((line) => judge(JSON.parse(line), jwks)));
  },
};

async function judge(item: AuthzCase, jwks: string): Promise<CaseResult> {
  const expected = item.expect;
  const got = await outcome(item, jwks);
  const passed =
    typeof got !== 'string' &&
    got.allow === expected.allow &&
    got.status === expected.status &&
    (expected.body === undefined || got.body === expected.body);
  const text = typeof got === 'string' ? got : JSON.stringify(got);
  return {
    id: item.id,
    verdict: passed ? 'passed' : 'failed',
    expected: JSON.stringify(expected),
    got: text,
  };
}

/** What the target of a case runs. A configuration with errors is not run at all: then the answer is why. */
export function caseSnapshot(item: AuthzCase): Snapshot | string {
  const { resources, diagnostics } = parseResources(`${item.policies}\n---\n${surroundings(item)}`, item.id);
  const refused = diagnostics.find(({ severity }) => severity === 'error');
  if (refused) return `refused: ${refused.code} ${refused.message}`;
  const compiled = compile(resources, targetOf(item), { ...meshSettings, ...settingsOf(item) });
  const error = compiled.diagnostics.find(({ severity }) => severity === 'error');
  if (error) return `refused: ${error.code} ${error.message}`;
  return compiled.snapshot;
}

async function outcome(item: AuthzCase, jwks: string): Promise<Verdict | string> {
  const snapshot = caseSnapshot(item);
  return typeof snapshot === 'string' ? snapshot : send(item, activate(snapshot), jwks);
}

async function send(
  { request, mesh, target, expect }: AuthzCase,
  active: ReturnType<typeof activate>,
  jwks: string,
): Promise<Verdict | string> {
  const headers = HeaderList.from([['host', request.host], ...Object.entries(request.headers)]);
  const head = { method: request.method, target: request.path, headers };
  const scheme = request.mtls ? 'https' : 'http';
  const judged = canonicalRequest(head, scheme, mesh.pathNormalization ?? 'BASE');
  if (isRefusal(judged)) return { allow: false, status: judged.status };
  const inputs = { now: NOW, draw: () => 0, bytes: (length: number) => new Uint8Array(length) };
  const connection = connectionOf(request, target.role);
  const tokens = tokenSource(() => NOW, keyServer(mesh.jwksFetch, jwks));
  const answerers = { resolve: async () => false, tokens };
  let answers: Answers | undefined;
  let decision = active.decide(judged, connection, inputs);
  while (decision.kind === 'ask') {
    answers = await learn(decision, answers, answerers, async () => judgedBy(request));
    if (answers === undefined) break;
    decision = active.decide(judged, connection, { ...inputs, answers });
  }
  return wrongHeaders(expect, judged, decision) ?? verdict(decision, request.protocol === 'tcp');
}

/** What the application must get, and must not. */
function wrongHeaders(
  { backendRequestHeaders = {}, backendRequestHeadersAbsent = [] }: AuthzCase['expect'],
  judged: CanonicalRequest,
  decision: Decision,
): string | undefined {
  if (decision.kind !== 'forward') return undefined;
  const { headers } = applyEdits(judged, decision.requestEdits);
  for (const [name, value] of Object.entries(backendRequestHeaders))
    if (headers.get(name.toLowerCase()) !== value) return `${name}: ${headers.get(name.toLowerCase())}`;
  return backendRequestHeadersAbsent.find((name) => headers.has(name.toLowerCase()));
}

/** Some time after every expired token of the cases, and before the others expire. */
const NOW = 1_800_000_000_000;

function keyServer(answers: AuthzCase['mesh']['jwksFetch'], jwks: string): FetchDocument {
  return answers === undefined ? async () => jwks : () => Promise.reject(new Error(answers));
}

/** The authorizer of the cases: it goes by a header, and by the caller where there are no headers. */
function judgedBy({ protocol, headers, sourcePrincipal }: CaseRequest): CheckAnswer {
  const allows =
    protocol === 'tcp' ? sourcePrincipal?.endsWith('/sa/a') === true : headers['x-ext-authz'] === 'allow';
  const answer = allows ? { status: 200, body: '' } : { status: 403, body: 'RBAC: access denied' };
  return { kind: 'answered', headers: new HeaderList(), ...answer };
}

/** Where there is no HTTP, a denied connection is closed, which the cases write as 403. */
function verdict(decision: Decision, bytes: boolean): Verdict | string {
  if (decision.kind === 'forward') return { allow: true, status: 200 };
  if (decision.kind === 'ask') return `asked for ${decision.need}`;
  return { allow: false, status: bytes ? 403 : decision.status, body: decision.body };
}

function connectionOf(request: CaseRequest, role: 'gateway' | undefined): Connection {
  const peer =
    request.mtls && request.sourcePrincipal ? { id: parseSpiffeId(request.sourcePrincipal) } : undefined;
  return {
    direction: role ?? 'inbound',
    port: request.destinationPort,
    scheme: request.mtls ? 'https' : 'http',
    remoteAddress: request.sourceIp,
    localAddress: request.destinationIp,
    security: peer ? 'mutual_tls' : 'none',
    peer,
    serverName: request.sni ?? undefined,
  };
}

function targetOf({ target }: AuthzCase): Target {
  return {
    kind: target.role ?? 'sidecar',
    namespace: target.namespace,
    name: 'target',
    serviceAccount: target.serviceAccount,
    labels: Object.entries(target.labels).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

function settingsOf({ mesh }: AuthzCase) {
  const { rootNamespace, trustDomain, pathNormalization = 'BASE', numTrustedProxies = 0, extAuthz } = mesh;
  const extensionProviders = extAuthz === undefined ? [] : [AUTHORIZER];
  return {
    rootNamespace,
    trustDomain,
    pathNormalization,
    trustedProxies: numTrustedProxies,
    extensionProviders,
  };
}

const AUTHORIZER = extensionProvider.parse({
  name: 'ext-authz',
  envoyExtAuthzHttp: {
    service: 'ext-authz.istio-system.svc.cluster.local',
    port: 8000,
    includeRequestHeadersInCheck: ['x-ext-authz'],
  },
});

/** The echo service with its four ports behind the target, and a way to it through the gateway for any host. */
function surroundings({ target }: AuthzCase): string {
  const namespace = target.role ? 'echo1' : target.namespace;
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'b', namespace },
    spec: {
      selector: target.labels,
      ports: [
        { name: 'http', port: 80, targetPort: 18080 },
        { name: 'http2', port: 85, targetPort: 18085 },
        { name: 'grpc', port: 7070, targetPort: 17070 },
        { name: 'tcp', port: 9090, targetPort: 19090 },
      ],
    },
  };
  const authorizer = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'ext-authz', namespace: 'istio-system' },
    spec: { ports: [{ name: 'http', port: 8000 }] },
  };
  const gateway = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'any-host', namespace },
    spec: {
      selector: target.labels,
      servers: [{ port: { number: 8080, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  };
  const destination = { host: 'b', port: { number: 80 } };
  const virtualService = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'any-host', namespace },
    spec: { hosts: ['*'], gateways: ['any-host'], http: [{ route: [{ destination }] }] },
  };
  return [service, authorizer, ...(target.role ? [gateway, virtualService] : [])]
    .map((part) => stringify(part))
    .join('---\n');
}
