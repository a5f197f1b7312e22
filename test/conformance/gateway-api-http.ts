import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource } from '../../src/config/resource/resource.ts';
import { type CoreRequest, type CoreResult, GatewayApiCore } from '../support/gateway-api-core.ts';
import { type Case, wrongResult } from './gateway-api-result.ts';
import type { CaseResult, Suite } from './suite.ts';

/** A test of the suite. */
export interface Test {
  readonly suite: 'gateway' | 'mesh';
  readonly test: string;
  readonly manifests: readonly { readonly text: string }[];
  readonly cases: readonly Case[];
}

/** Requests of the Gateway API's own suite, on the real compiler and the real decisions. */
export const suite: Suite = {
  name: 'gateway-api-http',
  run: async (data) => (await readTests(data)).flatMap(({ test, texts }) => judgeTest(test, texts)),
};

/** The tests in a data folder, each with all its manifests. */
export async function readTests(data: string): Promise<{ readonly test: Test; readonly texts: string[] }[]> {
  const base = JSON.parse(await readFile(join(data, 'gateway-api-base.json'), 'utf8'));
  const text = await readFile(join(data, 'gateway-api-http.jsonl'), 'utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const test = JSON.parse(line) as Test;
    return { test, texts: textsOf(test, base[test.suite] ?? '') };
  });
}

/** Certificates come from files here, whichever Secret is named. */
const FILES = 'options: { weft.dev/certificate-file: a, weft.dev/private-key-file: a }';

/** ConfigMaps that the original makes in its own code: that of its backends, and one that signed nothing. */
const AUTHORITIES = ['tls-checks', 'mismatch'];

function authorityText(name: string): string {
  const metadata = { name: `${name}-ca-certificate`, namespace: 'gateway-conformance-infra' };
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': pemOf(name) } });
}

function pemOf(name: string): string {
  return `-----BEGIN CERTIFICATE-----\n${btoa(name)}\n-----END CERTIFICATE-----`;
}

function textsOf({ manifests }: Test, base: string): string[] {
  return [base, ...manifests.map(({ text }) => text)].map((text) =>
    text
      .replaceAll('{GATEWAY_CLASS_NAME}', 'weft')
      .replace(/^( *)certificateRefs:/gm, `$1${FILES}\n$1certificateRefs:`),
  );
}

function judgeTest(test: Test, texts: readonly string[]): readonly CaseResult[] {
  const core = new GatewayApiCore([...texts, ...AUTHORITIES.map(authorityText)], {
    names: ['abc.example.com', 'other.example.com'],
    authority: pemOf('tls-checks'),
  });
  return test.cases
    .map((one, index) => ({ one, index }))
    .filter(({ one }) => !one.unresolved)
    .map(({ one, index }) => {
      const id = `${test.test} ${index}`;
      const expected = JSON.stringify({ ...one.request, ...one.expect });
      if (one.proto === 'udp') return { id, verdict: 'not-applicable' as const, rule: 'udp' };
      const wrong = judge(one, core, texts.join('\n'));
      if (wrong === undefined) return { id, verdict: 'passed' as const };
      return { id, verdict: 'failed' as const, expected, got: `${wrong} ${core.refused.join('; ')}` };
    });
}

/** What is wrong, if something is. */
function judge(one: Case, core: GatewayApiCore, texts: string): string | undefined {
  if (one.proto === 'tcp' || one.proto === 'tls' || passesBytes(one, core)) return wrongConnection(one, core);
  const request = requestOf(one, texts, core);
  if (one.distribution) return wrongShares(one, request, core);
  const mirrored = one.expect.mirroredTo?.every(({ percent = 100 }) => percent > 0);
  const result = send(one, request, core, mirrored === false ? 0.999 : 0);
  return typeof result === 'string' ? result : wrongResult(one, request, result);
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

/** The request that a case writes; `texts` are its manifests. */
export function requestOf(
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
  const place = core.connect(gateway.Namespace, gateway.Name, portsOf(gateway, core)[0] ?? 0, names[0]);
  if (typeof place === 'string') return place;
  const found = place.service === expect.backend || place.backends.includes(expect.backend ?? '');
  return found ? undefined : `backend ${place.service}`;
}

/** Whether a Gateway's only listeners pass bytes on: then a request is one of them. */
function passesBytes({ via }: Case, { resources }: GatewayApiCore): boolean {
  const gateways = resources.filter(
    (one) => one.kind === 'KubernetesGateway',
  ) as Resource<'KubernetesGateway'>[];
  const listeners = gateways.find(({ name }) => name === via?.gateway?.Name)?.spec.listeners ?? [];
  return listeners.length > 0 && listeners.every(({ protocol }) => protocol === 'TLS' || protocol === 'TCP');
}

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
