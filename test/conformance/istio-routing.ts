import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { parseResources } from '../../src/config/parse.ts';
import type { Clock } from '../../src/runtime/ports.ts';
import { type CallResult, SimulatedMesh } from '../support/simulated-mesh.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Case {
  readonly name: unknown;
  readonly config: string;
  readonly calls: readonly CaseCall[];
  readonly viaIngress?: boolean;
  readonly tmplError?: unknown;
}

interface CaseCall {
  readonly name?: string;
  readonly count?: number;
  readonly request: {
    readonly port?: string | number | { readonly Protocol: string };
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly protocol?: string;
  };
  readonly expect: {
    readonly status?: number;
    readonly location?: string;
    readonly backendHost?: string;
    readonly backendRequestHeaders?: Readonly<Record<string, string>>;
    readonly responseHeaders?: Readonly<Record<string, string>>;
  };
}

const PORTS = new Map([
  ['http', 80],
  ['http2', 85],
  ['grpc', 7070],
  ['tcp', 9090],
]);

/** Istio's integration tests of routing: a configuration, calls from workload a or through the ingress, outcomes. */
export const suite: Suite = {
  name: 'istio-routing',
  run: async (data) => {
    const lines = readFileSync(join(data, 'istio-routing.jsonl'), 'utf8').split('\n');
    const cases = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Case);
    const results = await Promise.all(cases.map((one, at) => judgeCase(one, at + 1)));
    return results.flat();
  },
};

/** Calls and configurations that hold Go code are skipped, as the data asks. */
async function judgeCase(item: Case, line: number): Promise<CaseResult[]> {
  if (holdsCode(item.config) || item.tmplError !== undefined) return [];
  const calls = item.calls.filter((call) => !holdsCode(call) && Object.keys(call.expect).length > 0);
  const id = `${line} ${typeof item.name === 'string' ? item.name : 'unnamed'}`;
  return Promise.all(calls.map((call) => judge(item, call, `${id} ${call.name ?? ''}`.trimEnd())));
}

function holdsCode(part: unknown): boolean {
  return JSON.stringify(part).includes('$go');
}

async function judge(item: Case, call: CaseCall, id: string): Promise<CaseResult> {
  const { expect } = call;
  const got = await outcome(item, call).catch((error: unknown) => String(error));
  const wrong = typeof got === 'string' ? got : difference(expect, got, hostOf(item, call));
  if (wrong === undefined) return { id, verdict: 'passed' };
  return { id, verdict: 'failed', expected: JSON.stringify(expect), got: wrong };
}

/** A configuration with errors is not run at all: then the answer is why. */
async function outcome(item: Case, call: CaseCall): Promise<CallResult | string> {
  const yaml = [item.config, ...workloads].join('\n---\n');
  const { diagnostics } = parseResources(yaml, 'case.yaml');
  const refused = diagnostics.find(({ severity }) => severity === 'error');
  if (refused !== undefined) return `refused: ${refused.code} ${refused.message}`;
  const { path = '/', headers = {} } = call.request;
  const lines = Object.entries(headers)
    .filter(([name]) => name.toLowerCase() !== 'host')
    .flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value]));
  const from = item.viaIngress === true ? {} : { from: 'a' };
  return new SimulatedMesh(yaml, { clock: TODAY }).call({
    ...from,
    url: `http://${hostOf(item, call)}${path}`,
    headers: lines,
  });
}

/** Some time after every expired token of the cases, and before the others expire. */
const TODAY: Clock = { now: () => 1_800_000_000_000, monotonic: () => 0, sleep: async () => undefined };

/** The authority of a call: its Host, else b or what the VirtualService names; with the port that it dials. */
function hostOf({ config, viaIngress }: Case, { request }: CaseCall): string {
  const given = request.headers?.Host;
  const named = /hosts:\s*-\s*"?([^\s"]+)/.exec(config.slice(config.indexOf('kind: VirtualService')))?.[1];
  const host = [given ?? (viaIngress === true ? (named ?? 'b') : 'b')].flat()[0] ?? 'b';
  const port = typeof request.port === 'string' ? PORTS.get(request.port) : undefined;
  return host.includes(':') || port === undefined || port === 80 ? host : `${host}:${port}`;
}

function difference(expect: CaseCall['expect'], got: CallResult, host: string): string | undefined {
  if (expect.status !== undefined && expect.status !== got.status) return `status ${got.status} ${got.flags}`;
  const location = expect.location?.replace('{{.Hostname}}', host);
  if (location !== undefined && got.headers.get('location') !== location)
    return `location ${got.headers.get('location')}`;
  if (expect.backendHost !== undefined && got.request?.authority !== expect.backendHost)
    return `backend host ${got.request?.authority}`;
  for (const [name, value] of Object.entries(expect.backendRequestHeaders ?? {})) {
    const found = got.request?.headers.get(name.toLowerCase()) ?? '';
    if (found !== value) return `request header ${name}: ${found}`;
  }
  for (const [name, value] of Object.entries(expect.responseHeaders ?? {})) {
    const found = got.headers.get(name.toLowerCase()) ?? '';
    if (found !== value) return `response header ${name}: ${found}`;
  }
  return undefined;
}

/** Applications a, b, c and d with four ports each. */
const workloads = ['a', 'b', 'c', 'd'].flatMap((name) => [serviceText(name), deploymentText(name)]);

function serviceText(name: string): string {
  const ports = [...PORTS].map(([port, number]) => ({
    name: port,
    port: number,
    targetPort: 10_000 + number,
  }));
  return stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: { app: name }, ports },
  });
}

function deploymentText(name: string): string {
  const template = {
    metadata: { labels: { app: name } },
    spec: { serviceAccountName: name, containers: [{ name: 'app', image: 'app' }] },
  };
  return stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { selector: { matchLabels: { app: name } }, template },
  });
}
