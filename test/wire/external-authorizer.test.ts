import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { targetsOf } from '../../src/config/compile/targets.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { resourcesOf } from '../support/parsed.ts';
import { type ProxyProcess, RUNTIMES } from '../support/proxy-process.ts';
import { RawClient, type RawResponse } from '../support/raw-request.ts';
import { meshPublication } from '../support/running-gateway.ts';
import { sharedGateway, withSharedProxies } from '../support/shared-processes.ts';

/** What the application got. */
interface Received {
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const received: Received[] = [];
const application = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  received.push({ target: request.url ?? '', headers, body: Buffer.concat(chunks).toString('utf8') });
  response.setHeader('x-user', 'of the application');
  response.end('served');
});

/** Authorizers that differ in one setting, and a policy for each by path. */
const settings: readonly (readonly [path: string, fields: string])[] = [
  ['/plain', 'includeRequestHeadersInCheck: [x-ext-authz, x-user]'],
  [
    '/edited',
    'includeRequestHeadersInCheck: [x-ext-*], includeAdditionalHeadersInCheck: { X-Mesh: weft, x-ext-more: fixed }, ' +
      'headersToUpstreamOnAllow: [x-user, x-authz-seen, x-weft-*], headersToDownstreamOnAllow: [x-user, set-cookie]',
  ],
  ['/login', 'pathPrefix: /check, headersToDownstreamOnDeny: [set-cookie]'],
  ['/broken', 'statusOnError: "503"'],
  ['/silent', 'timeout: 0.3s'],
  ['/open/broken', 'failOpen: true'],
  ['/body', 'includeRequestBodyInCheck: { maxRequestBytes: 8 }, headersToUpstreamOnAllow: [x-authz-seen]'],
  [
    '/partial/body',
    'includeRequestBodyInCheck: { maxRequestBytes: 8, allowPartialMessage: true }, headersToUpstreamOnAllow: [x-authz-seen]',
  ],
];

function yaml(authorizer: number): string {
  const providers = settings.map(
    ([, fields], i) =>
      `      - { name: p${i}, envoyExtAuthzHttp: { service: authz.example, port: 80, ${fields} } }`,
  );
  const gone = '      - { name: gone, envoyExtAuthzHttp: { service: authz.example, port: 81 } }';
  const policies = [...settings.map(([path], i) => [path, `p${i}`] as const), ['/gone', 'gone'] as const].map(
    ([path, provider]) => `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: "${provider}", namespace: default }
spec: { action: CUSTOM, provider: { name: ${provider} }, rules: [{ to: [{ operation: { paths: ["${path}*"] } }] }] }`,
  );
  return `apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: default }
spec: { selector: { app: reviews }, ports: [{ name: http, port: 9080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: reviews, namespace: default }
spec:
  selector: { matchLabels: { app: reviews } }
  template: { metadata: { labels: { app: reviews } }, spec: { containers: [{ name: a }] } }
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: authz, namespace: default }
spec:
  hosts: [authz.example]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{ number: 80, name: http, protocol: HTTP }, { number: 81, name: http-gone, protocol: HTTP }]
  endpoints: [{ address: 127.0.0.1, ports: { http: ${authorizer}, http-gone: 1 } }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data:
  mesh: |
    extensionProviders:
${[...providers, gone].join('\n')}
${policies.join('\n')}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: deny, namespace: default }
spec: { action: DENY, rules: [{ when: [{ key: "request.headers[x-user]", values: [root] }] }] }
`;
}

function snapshotOf(authorizer: number): Snapshot {
  const resources = resourcesOf(yaml(authorizer));
  const target = targetsOf(resources).find(({ name }) => name === 'reviews');
  assert.ok(target);
  const { snapshot, diagnostics } = compile(resources, target, defaultMeshSettings);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return snapshot;
}

interface Call {
  readonly path: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

let authorizer: ReturnType<typeof spawn>;
let snapshot: Snapshot;
let authorizerPort: number;

before(async () => {
  application.listen(0, '127.0.0.1');
  await once(application, 'listening');
  const main = fileURLToPath(new URL('../support/authorizer-main.ts', import.meta.url));
  authorizer = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(authorizer.stdout ?? process.stdin, 'data')) as [Buffer];
  authorizerPort = Number(String(line));
  snapshot = snapshotOf(authorizerPort);
});

after(() => {
  authorizer.kill();
  application.closeAllConnections();
  application.close();
});

for (const runtime of RUNTIMES) {
  describe(`an external authorizer, asked by a sidecar under ${runtime}`, () => {
    test('judges what a CUSTOM policy matches', async () => {
      await withSharedProxies(runtime, async (proxies) => {
        const client = new RawClient(await openSidecar(proxies));
        try {
          await judgeAll(client);
        } finally {
          client.close();
        }
      });
    });
  });
}

describe('an external authorizer, asked by the gateway in workerd', () => {
  test('judges what a CUSTOM policy matches', async () => {
    const { port } = application.address() as AddressInfo;
    const gateway = await sharedGateway();
    await gateway.run(meshPublication(edgeYaml(port), 1).snapshots);
    const call = (target: string, headers: Lines, body?: string) => {
      received.length = 0;
      const all = [['host', 'shop.example'] as const, ...headers];
      const length = body === undefined ? [] : [['content-length', String(body.length)] as const];
      const method = body === undefined ? 'GET' : 'POST';
      return gateway.client.send({ method, target, headers: [...all, ...length], ...(body && { body }) });
    };
    assert.equal((await call('/other', [])).status, 200);
    const denied = await call('/plain', []);
    assert.deepEqual([denied.status, denied.body, received.length], [403, 'denied by the authorizer', 0]);
    assert.equal((await call('/plain', [['x-ext-authz', 'allow']])).status, 200);
    assert.equal(received[0]?.headers.get('x-user'), 'told by the authorizer');
    assert.equal((await call('/broken', [['x-ext-authz', 'allow']])).status, 403);
    assert.equal((await call('/body', [], 'nine char')).status, 413);
    assert.equal((await call('/body', [], 'eight ch')).status, 200);
    assert.equal(received[0]?.body, 'eight ch');
  });
});

type Lines = readonly (readonly [string, string])[];

function edgeYaml(upstream: number): string {
  return `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: outside, namespace: default }
spec:
  hosts: [one.upstream.test, authz.example]
  ports: [{ number: 80, name: http, protocol: HTTP }, { number: 81, name: http-authz, protocol: HTTP }]
  location: MESH_EXTERNAL
  resolution: STATIC
  endpoints: [{ address: 127.0.0.1, ports: { http: ${upstream}, http-authz: ${authorizerPort} } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: all, namespace: default }
spec: { hosts: ["*"], gateways: [edge], http: [{ route: [{ destination: { host: one.upstream.test, port: { number: 80 } } }] }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data:
  mesh: |
    extensionProviders:
      - name: gate
        envoyExtAuthzHttp:
          service: authz.example
          port: 81
          includeRequestHeadersInCheck: [x-ext-authz]
          includeRequestBodyInCheck: { maxRequestBytes: 8 }
          headersToUpstreamOnAllow: [x-user]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: gate, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  action: CUSTOM
  provider: { name: gate }
  rules: [{ to: [{ operation: { notPaths: [/other] } }] }]
`;
}

function openSidecar(proxies: ProxyProcess): Promise<number> {
  return proxies.open('service', (application.address() as AddressInfo).port, { snapshot });
}

async function judgeAll(client: RawClient): Promise<void> {
  const call = ({ path, headers = [], body }: Call): Promise<RawResponse> => {
    received.length = 0;
    const length = body === undefined ? [] : [['content-length', String(body.length)] as const];
    const all = [['host', 'reviews'] as const, ...length, ...headers];
    return client.send({
      method: body === undefined ? 'GET' : 'POST',
      target: path,
      headers: all,
      ...(body !== undefined && { body }),
    });
  };
  const allow = ['x-ext-authz', 'allow'] as const;
  const seenBy = (text: string | undefined) => JSON.parse(decodeURIComponent(text ?? '')) as Seen;

  const unasked = await call({ path: '/other' });
  assert.deepEqual([unasked.status, unasked.body], [200, 'served']);

  const denied = await call({ path: '/plain/x?y=1' });
  assert.deepEqual([denied.status, denied.body, received.length], [403, 'denied by the authorizer', 0]);
  assert.equal(headerOf(denied, 'content-type'), 'text/x-reason');
  const told = seenBy(headerOf(denied, 'x-authz-seen'));
  assert.deepEqual([told.method, told.url, told.headers.host], ['GET', '/plain/x?y=1', 'reviews']);

  const plain = await call({ path: '/plain', headers: [allow, ['x-user', 'me'], ['x-secret', 's']] });
  assert.equal(plain.status, 200);
  assert.equal(headerOf(plain, 'x-user'), 'of the application');
  assert.equal(received[0]?.headers.get('x-user'), 'me', 'nothing is taken over that is not listed');
  assert.equal(received[0]?.headers.get('x-secret'), undefined, 'the authorizer has it removed');

  const edited = await call({
    path: '/edited',
    headers: [
      allow,
      ['X-User', 'root'],
      ['x-ext-more', 'mine'],
      ['x-mesh', 'mine'],
      ['authorization', 'a b'],
    ],
  });
  assert.deepEqual([edited.status, headerOf(edited, 'x-user')], [200, 'told by the authorizer'], edited.body);
  assert.deepEqual(
    edited.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value),
    ['a=1', 'b=2'],
  );
  const [at] = received;
  assert.equal(
    at?.headers.get('x-user'),
    'told by the authorizer',
    'and DENY judges that, not what the client said',
  );
  assert.equal(at?.headers.get('x-weft-peer'), undefined, 'no authorizer says who a peer is');
  const { headers } = seenBy(at?.headers.get('x-authz-seen'));
  const words = [headers['x-mesh'], headers['x-ext-more'], headers.authorization, headers['x-user']];
  assert.deepEqual(words, ['weft', 'fixed', 'a b', undefined]);

  const login = await call({ path: '/login' });
  assert.deepEqual([login.status, headerOf(login, 'location')], [302, 'https://login.example/']);
  assert.equal(headerOf(login, 'x-authz-seen'), undefined, 'what is not listed stays');
  assert.equal((await call({ path: '/broken', headers: [allow] })).status, 503);
  assert.equal((await call({ path: '/silent', headers: [allow] })).status, 403);
  assert.equal((await call({ path: '/gone', headers: [allow] })).status, 403);
  assert.equal(received.length, 0, 'who cannot be asked lets nobody pass');
  assert.equal((await call({ path: '/open/broken' })).status, 200);

  const short = await call({ path: '/body', body: 'eight ch' });
  assert.deepEqual([short.status, received[0]?.body], [200, 'eight ch']);
  assert.equal(seenBy(received[0]?.headers.get('x-authz-seen')).body, 'eight ch');
  const none = await call({ path: '/body' });
  assert.deepEqual([none.status, seenBy(received[0]?.headers.get('x-authz-seen')).body], [200, '']);
  const long = await call({ path: '/body', body: 'nine char' });
  assert.deepEqual([long.status, received.length], [413, 0]);
  const large = 'x'.repeat(300_000);
  const partial = await call({ path: '/partial/body', body: large });
  assert.equal(partial.status, 200);
  assert.equal(received[0]?.body, large, 'the application gets all of it');
  const cut = seenBy(received[0]?.headers.get('x-authz-seen'));
  assert.deepEqual([cut.body, cut.headers['x-envoy-auth-partial-body']], ['xxxxxxxx', 'true']);
}

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function headerOf({ headers }: RawResponse, name: string): string | undefined {
  return headers.find(([own]) => own === name)?.[1];
}
