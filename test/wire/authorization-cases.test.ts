import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Child } from '../../bench/child.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { type AuthzCase, caseSnapshot } from '../conformance/authz.ts';
import type { CaseQuestion, CaseSidecar } from '../support/case-main.ts';
import { type CaseAnswer, sendCase } from '../support/case-request.ts';
import { isFull } from '../support/full-runs.ts';
import { commandOf, RUNTIMES } from '../support/proxy-process.ts';
import { sharedGateway } from '../support/shared-processes.ts';

const data = new URL('../../../shared/conformance/', import.meta.url);
const skip = existsSync(new URL('authz.jsonl', data)) ? false : 'third-party cases are not here';
const main = fileURLToPath(new URL('../support/case-main.ts', import.meta.url));

/** The loopback network stands for that of the cases: a client can be at any of its addresses. */
const moved = (line: string) => line.replaceAll(/\b10(?=\.\d+\.\d+\.\d+)/g, '127');

function allCases(): AuthzCase[] {
  const lines = readFileSync(new URL('authz.jsonl', data), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(moved(line)) as AuthzCase);
}

/** Those that are requests to a sidecar: bytes over bare TCP are judged as connections, and have no status. */
function sidecarCases(): AuthzCase[] {
  const requests = allCases().filter(
    ({ target, request }) => target.role === undefined && request.protocol !== 'tcp',
  );
  return isFull ? requests : requests.filter((_, i) => i % 10 === 0);
}

/** Tells what it received, as JSON. */
function tell(request: IncomingMessage, response: ServerResponse): void {
  const text = JSON.stringify({ path: request.url, headers: request.headers });
  response.setHeader('content-length', text.length);
  response.end(text);
}

function check(request: IncomingMessage, response: ServerResponse): void {
  const allows = request.headers['x-ext-authz'] === 'allow';
  response.statusCode = allows ? 200 : 403;
  response.end(allows ? '' : 'RBAC: access denied');
}

const servers = {
  http1: createServer(tell),
  http2: createHttp2Server(tell as never) as Server,
  authorizer: createServer(check),
};

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** Tokens are taken out of the query unless they are to be forwarded. */
const TOKEN = /[?&]\w+=eyJ[\w.-]+/;

/** What is wrong with an answer; empty when nothing is. */
function faults({ expect, request, policies }: AuthzCase, answer: CaseAnswer): string {
  if (answer.status !== expect.status) return `${answer.status} instead of ${expect.status}`;
  if (!expect.allow) return expect.body === undefined || answer.body === expect.body ? '' : answer.body;
  const received = JSON.parse(answer.body) as { path: string; headers: Record<string, string | undefined> };
  const { pathname, search } = new URL(request.path, 'http://b');
  const forwardsToken = policies.includes('forwardOriginalToken: true');
  const path = pathname + (forwardsToken ? search : search.replace(TOKEN, ''));
  if (received.path !== path) return `${received.path} arrived instead of ${path}`;
  for (const [name, value] of Object.entries(expect.backendRequestHeaders ?? {}))
    if (received.headers[name.toLowerCase()] !== value)
      return `${name}: ${received.headers[name.toLowerCase()]}`;
  const kept = (expect.backendRequestHeadersAbsent ?? []).filter(
    (name) => name.toLowerCase() in received.headers,
  );
  return kept.join(' ');
}

function questionOf(item: AuthzCase, jwks: string): CaseQuestion {
  const snapshot = caseSnapshot(item);
  assert.ok(typeof snapshot !== 'string', `${item.id}: ${snapshot}`);
  const { destinationPort: port, destinationIp: address, mtls, sourcePrincipal, protocol } = item.request;
  const [, namespace = '', account = ''] = /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(sourcePrincipal ?? '') ?? [];
  return {
    snapshot,
    port,
    address,
    application: portOf(protocol === 'http' ? servers.http1 : servers.http2),
    authorizer: portOf(servers.authorizer),
    ...(item.mesh.jwksFetch === undefined && { jwks }),
    ...(mtls && { caller: { namespace, account } }),
  };
}

function jwksText(): string {
  const { jwks } = JSON.parse(readFileSync(new URL('istio-jwt.json', data), 'utf8')) as { jwks: unknown };
  return JSON.stringify(jwks);
}

/** What the gateway of a case runs, with the application and the keys at hand instead of in a cluster and on the internet. */
function gatewaySnapshot(item: AuthzCase): Snapshot {
  const snapshot = caseSnapshot(item);
  assert.ok(typeof snapshot !== 'string' && snapshot.gateway !== undefined, item.id);
  const endpoints = [{ address: '127.0.0.1', port: portOf(servers.http1), labels: [], weight: 1 }];
  const keys = { kind: 'inline', jwks: jwksText() } as const;
  const { jwtRules = [] } = snapshot.gateway;
  return {
    ...snapshot,
    target: ingressGateway,
    gateway: { ...snapshot.gateway, jwtRules: jwtRules.map((rule) => ({ ...rule, keys })) },
    clusters: snapshot.clusters.map((cluster) => ({
      ...cluster,
      tls: { mode: 'none' },
      discovery: { kind: 'static', endpoints },
    })),
  };
}

describe('the authorization tests of Istio, over sockets', { skip }, () => {
  before(() =>
    Promise.all(
      Object.values(servers).map(
        (server) => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)),
      ),
    ),
  );
  after(() => Object.values(servers).map((server) => server.close()));

  for (const runtime of RUNTIMES) {
    test(`a sidecar under ${runtime} answers as Istio does`, async () => {
      const jwks = jwksText();
      const cases = sidecarCases();
      assert.ok(cases.length >= (isFull ? 190 : 19), `${cases.length}`);
      const child = new Child(`sidecar on ${runtime}`, commandOf(runtime, main));
      const wrong: string[] = [];
      try {
        for (const item of cases) {
          const sidecar = (await child.ask(questionOf(item, jwks))) as CaseSidecar;
          const { protocol } = item.request;
          const call = { ...item.request, http2: protocol !== 'http', client: sidecar.client };
          const problem = faults(item, await sendCase(sidecar.port, call));
          if (problem !== '') wrong.push(`${item.id}: ${problem}`);
        }
      } finally {
        await child.stop();
      }
      assert.deepEqual(wrong, []);
    });
  }

  test('the gateway in workerd answers as Istio does', async () => {
    const cases = allCases().filter(({ target }) => target.role === 'gateway');
    assert.equal(cases.length, 18);
    const gateway = await sharedGateway();
    const wrong: string[] = [];
    for (const item of cases) {
      await gateway.run([gatewaySnapshot(item)]);
      const place = { sourceIp: '127.0.0.1', destinationIp: '127.0.0.1', http2: false };
      const problem = faults(item, await sendCase(gateway.port, { ...item.request, ...place }));
      if (problem !== '') wrong.push(`${item.id}: ${problem}`);
    }
    assert.deepEqual(wrong, []);
  });
});
