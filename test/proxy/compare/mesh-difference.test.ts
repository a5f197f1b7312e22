import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { clusterChanges } from '../../../src/proxy/compare/cluster-changes.ts';
import { changeOf, differences } from '../../../src/proxy/compare/differences.ts';
import { Judge } from '../../../src/proxy/compare/judge.ts';
import { limitChanges } from '../../../src/proxy/compare/limit-changes.ts';
import { type Comparison, compareMeshes } from '../../../src/proxy/compare/mesh-difference.ts';
import { type GatewayKind, MeshPath } from '../../../src/proxy/explain/mesh-path.ts';
import {
  deployment,
  edgeGateway,
  type QuestionMesh,
  questionMesh,
  workload,
} from '../../support/question-mesh.ts';

const services = [workload('a'), deployment('a', 'v2'), workload('b'), edgeGateway];
const subsets = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: a }
spec: { host: a, subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }] }
`;

const rule = (match: string, host: string) =>
  match === ''
    ? `- route: [{ destination: { host: ${host} } }]`
    : `- { match: [${match}], route: [{ destination: { host: ${host} } }] }`;

function routes(...rules: readonly string[]): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop }
spec:
  hosts: [shop.test]
  gateways: [edge]
  http:
${rules.map((one) => `    ${one}`).join('\n')}
`;
}

function policy(spec: string): string {
  return `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: p }
spec: ${spec}
`;
}

const meshOf = (...texts: readonly string[]) => questionMesh([...services, subsets, ...texts].join('---\n'));

function compared(before: QuestionMesh, after: QuestionMesh, gateway: GatewayKind = 'workerd') {
  const found: Comparison[] = [];
  const side = ({ snapshots }: QuestionMesh) => ({
    snapshots,
    judge: new Judge(new MeshPath(snapshots.values(), gateway)),
  });
  const extent = compareMeshes(side(before), side(after), (one) => found.push(one));
  const differing = found.filter((one) => differences(one.before, one.after).length > 0);
  return {
    found,
    differing,
    extent,
    urls: differing.map(({ request }) => `${request.method} ${request.url}`),
  };
}

describe('weft diff', () => {
  test('asks nothing about what is the same', () => {
    const mesh = meshOf(routes(rule('{ uri: { prefix: /x } }', 'a'), rule('', 'b')));
    assert.deepEqual(
      compared(mesh, meshOf(routes(rule('{ uri: { prefix: /x } }', 'a'), rule('', 'b')))).found,
      [],
    );
  });

  const changes: readonly (readonly [what: string, before: string, after: string, request: RegExp])[] = [
    [
      'a prefix that gets a slash',
      routes(rule('{ uri: { prefix: /x } }', 'a'), rule('', 'b')),
      routes(rule('{ uri: { prefix: /x/ } }', 'a'), rule('', 'b')),
      /^GET http:\/\/shop\.test\/x2?$/,
    ],
    [
      'exact to prefix',
      routes(rule('{ uri: { exact: /x } }', 'a'), rule('', 'b')),
      routes(rule('{ uri: { prefix: /x } }', 'a'), rule('', 'b')),
      /\/x\/below$/,
    ],
    [
      'a regex',
      routes(rule('{ uri: { regex: "/v[0-9]+/x" } }', 'a'), rule('', 'b')),
      routes(rule('{ uri: { regex: "/v[0-9]/x" } }', 'a'), rule('', 'b')),
      /\/v00\/x$/,
    ],
    [
      'a method',
      routes(rule('{ method: { exact: PUT } }', 'a'), rule('', 'b')),
      routes(rule('{ method: { exact: PATCH } }', 'a'), rule('', 'b')),
      /^PUT /,
    ],
    [
      'a route that is gone',
      routes(rule('{ uri: { prefix: /x } }', 'a')),
      routes(rule('{ uri: { prefix: /y } }', 'a')),
      /\/x$/,
    ],
    [
      'the order of routes that overlap',
      routes(rule('{ uri: { prefix: /x } }', 'a'), rule('{ method: { exact: PUT } }', 'b')),
      routes(rule('{ method: { exact: PUT } }', 'b'), rule('{ uri: { prefix: /x } }', 'a')),
      /^PUT http:\/\/shop\.test\/x/,
    ],
    [
      'a query parameter',
      routes(rule('{ queryParams: { q: { exact: "1" } } }', 'a'), rule('', 'b')),
      routes(rule('', 'b')),
      /\?q=1$/,
    ],
  ];
  for (const [what, before, after, request] of changes)
    test(`finds ${what}`, () => {
      const { urls } = compared(meshOf(before), meshOf(after));
      assert.ok(
        urls.some((url) => request.test(url)),
        urls.join('\n'),
      );
    });

  test('finds headers that routes look at, and weights, faults, timeouts and rewrites', () => {
    const plain = rule('{ headers: { x-a: { exact: b } } }', 'a');
    const { differing } = compared(
      meshOf(routes(plain, rule('', 'b'))),
      meshOf(routes(plain.replace('exact: b', 'prefix: b'), rule('', 'b'))),
    );
    assert.ok(differing.some(({ request }) => request.headers.includes('x-a: b2')));
    const weights = (one: number) =>
      routes(
        `- route: [{ destination: { host: a, subset: v1 }, weight: ${one} }, { destination: { host: a, subset: v2 }, weight: ${100 - one} }]`,
      );
    const abouts = (before: string, after: string) =>
      compared(meshOf(before), meshOf(after)).differing.flatMap((one) =>
        differences(one.before, one.after).map(({ about }) => about),
      );
    assert.ok(abouts(weights(90), weights(50)).includes('destination'));
    const action = (more: string) => routes(`- { ${more}, route: [{ destination: { host: a } }] }`);
    assert.ok(abouts(action('timeout: 1s'), action('timeout: 2s')).includes('timeout'));
    assert.ok(abouts(action('rewrite: { uri: /y }'), action('rewrite: { uri: /z }')).includes('path'));
    assert.ok(
      abouts(
        action('fault: { abort: { httpStatus: 500, percentage: { value: 1 } } }'),
        action('fault: { abort: { httpStatus: 500, percentage: { value: 2 } } }'),
      ).includes('fault'),
    );
    assert.ok(
      abouts(action('retries: { attempts: 3 }'), action('retries: { attempts: 4 }')).includes('retries'),
    );
  });

  test('asks a gateway on sockets by the ports of its servers, over TLS where they end it', () => {
    const secure = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 443, name: https, protocol: HTTPS }, hosts: ['*'], tls: { mode: SIMPLE, serverCertificate: /c.pem, privateKey: /k.pem } }
    - { port: { number: 8080, name: http, protocol: HTTP }, hosts: ['*'] }
`;
    const mesh = (host: string) =>
      questionMesh([workload('a'), workload('b'), secure, routes(rule('', host))].join('---\n'));
    const { urls } = compared(mesh('a'), mesh('b'), 'sockets');
    assert.ok(
      urls.includes('GET https://shop.test/') && urls.includes('GET http://shop.test:8080/'),
      urls.join('\n'),
    );
  });

  test('tells of a host that is gone, for all sidecars at once', () => {
    const { differing } = compared(
      meshOf(),
      questionMesh([workload('a'), deployment('a', 'v2'), edgeGateway, subsets].join('---\n')),
    );
    const gone = differing.find(({ request }) => request.url.startsWith('http://b'));
    assert.ok((gone?.proxies.length ?? 0) >= 2, gone?.proxies.join() ?? 'none');
  });

  const policies: readonly (readonly [
    what: string,
    before: string,
    after: string,
    verdict: 'regression' | 'repair',
  ])[] = [
    [
      'a method that is allowed no more',
      '{ rules: [{ to: [{ operation: { methods: [GET, POST] } }] }] }',
      '{ rules: [{ to: [{ operation: { methods: [GET] } }] }] }',
      'regression',
    ],
    [
      'a principal that is let in',
      '{ rules: [{ from: [{ source: { principals: [cluster.local/ns/default/sa/a] } }] }] }',
      '{ rules: [{}] }',
      'repair',
    ],
    [
      'a namespace',
      '{ rules: [{ from: [{ source: { namespaces: [x] } }] }] }',
      '{ rules: [{ from: [{ source: { namespaces: [y] } }] }] }',
      'regression',
    ],
    [
      'a path that is denied',
      '{ action: DENY, rules: [{ to: [{ operation: { paths: [/admin] } }] }] }',
      '{ action: DENY, rules: [{ to: [{ operation: { paths: [/admin*] } }] }] }',
      'regression',
    ],
    [
      'an address',
      '{ rules: [{ from: [{ source: { ipBlocks: [10.0.0.0/8] } }] }] }',
      '{ rules: [{ from: [{ source: { ipBlocks: [11.0.0.0/8] } }] }] }',
      'regression',
    ],
    [
      'a header',
      '{ rules: [{ when: [{ key: "request.headers[x-a]", values: [b] }] }] }',
      '{ rules: [{ when: [{ key: "request.headers[x-a]", values: [c] }] }] }',
      'regression',
    ],
  ];
  for (const [what, before, after, verdict] of policies)
    test(`finds ${what}`, () => {
      const { differing } = compared(meshOf(policy(before)), meshOf(policy(after)));
      assert.ok(
        differing.some((one) => changeOf(one.before, one.after) === verdict),
        `${differing.length} differ`,
      );
    });

  test('finds tokens that are asked for, and claims that routes and policies look at', () => {
    const authentication = (issuer: string) => `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: jwt, namespace: istio-system }
spec: { jwtRules: [{ issuer: ${issuer}, jwksUri: 'https://id.test/keys' }] }
`;
    const issuers = compared(meshOf(authentication('https://a')), meshOf(authentication('https://b')));
    assert.ok(
      issuers.differing.some(
        ({ caller, after }) => caller.claims?.iss === 'https://a' && after.status === 401,
      ),
    );
    const byClaim = (value: string) =>
      policy(`{ rules: [{ when: [{ key: 'request.auth.claims[role]', values: [${value}] }] }] }`);
    const roles = compared(
      meshOf(authentication('x'), byClaim('admin')),
      meshOf(authentication('x'), byClaim('user')),
    );
    assert.ok(
      roles.differing.some(({ caller }) => caller.claims?.role === 'admin'),
      'a policy',
    );
    const route = (value: string) =>
      routes(rule(`{ headers: { '@request.auth.claims.role': { exact: ${value} } } }`, 'a'), rule('', 'b'));
    const routed = compared(
      meshOf(authentication('x'), route('admin')),
      meshOf(authentication('x'), route('user')),
    );
    assert.ok(
      routed.differing.some(({ caller }) => caller.claims?.role === 'admin'),
      'a route',
    );
  });

  test('finds mutual TLS that becomes strict', () => {
    const strict =
      'apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: { name: default }\nspec: { mtls: { mode: STRICT } }\n';
    const { differing } = compared(meshOf(), meshOf(strict));
    assert.ok(differing.some(({ caller, after }) => caller.principal === undefined && after.status === 0));
  });

  test('names settings of clusters that are not the same', () => {
    const limited = subsets.replace(
      'host: a,',
      'host: a, trafficPolicy: { connectionPool: { http: { http1MaxPendingRequests: 1 } } },',
    );
    const after = questionMesh([...services, limited].join('---\n'));
    const [change] = clusterChanges(meshOf().snapshots, after.snapshots);
    assert.equal(change?.field, 'circuit');
    assert.equal(change?.before, 'none');
  });

  test('tells rate limits that are not the same, which no single request shows', () => {
    const limited = (...limits: readonly string[]) =>
      meshOf(
        `{apiVersion: weft.dev/v1, kind: RateLimit, metadata: {name: r}, spec: {limits: [${limits.join(', ')}]}}\n`,
      ).snapshots;
    const one = (requests: number, match = '') => `{name: one, requests: ${requests}, period: 1s${match}}`;
    const said = (...[before, after]: Parameters<typeof limitChanges>) =>
      limitChanges(before, after).map(({ limit, field, proxies }) => [limit, field, proxies.length]);
    assert.deepEqual(said(limited(one(5)), limited(one(5))), []);
    assert.deepEqual(said(limited(one(5)), limited(one(6))), [
      ['default/r/one', 'requests', 3],
      ['default/r/one', 'burst', 3],
    ]);
    const posts = one(5, ', match: [{methods: [POST]}]');
    assert.deepEqual(said(limited(one(5)), limited(posts)), [['default/r/one', 'rules', 3]]);
    const two = '{name: two, requests: 1, period: 1m}';
    assert.deepEqual(said(limited(one(5)), limited(one(5), two)), [['default/r/two', 'limit', 3]]);
    assert.deepEqual(said(limited(two, one(5)), limited(one(5))), [['default/r/two', 'limit', 3]]);
    assert.deepEqual(said(limited(one(5)), meshOf().snapshots), [['default/r/one', 'limit', 3]]);
  });

  test('says which proxies only one of the two has', () => {
    const { extent } = compared(meshOf(), questionMesh([workload('a'), edgeGateway].join('---\n')));
    assert.deepEqual(extent.gone, ['sidecar/default/a-v2', 'sidecar/default/b-v1']);
    assert.deepEqual(extent.added, []);
  });

  test('finds every change of one condition of a random table', () => {
    const path = fc.constantFrom('/a', '/a/b', '/b/', '/c');
    const kind = fc.constantFrom('exact', 'prefix');
    const item = fc.tuple(kind, path).map(([how, where]) => `{ uri: { ${how}: "${where}" } }`);
    // One route only: then a change of its condition changes what it takes.
    fc.assert(
      fc.property(item, item, (one, other) => {
        fc.pre(one !== other);
        const { differing } = compared(
          meshOf(routes(rule(one, 'a'), rule('', 'b'))),
          meshOf(routes(rule(other, 'a'), rule('', 'b'))),
        );
        assert.ok(differing.length > 0, `${one} ${other}`);
      }),
      { numRuns: 10 },
    );
  });
});
