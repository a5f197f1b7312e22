import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { coverageOf, coverageText } from '../../../cli/test/coverage.ts';
import { readTestFile } from '../../../cli/test/read-test-file.ts';
import { type CaseResult, runCases } from '../../../cli/test/run-cases.ts';
import { testReport } from '../../../cli/test/test-report.ts';
import { virtualServiceMesh } from '../../../cli/test/virtual-service-mesh.ts';
import { writtenRules } from '../../../cli/test/written-rules.ts';
import {
  deployment,
  edgeGateway,
  type QuestionMesh,
  questionMesh,
  workload,
} from '../../support/question-mesh.ts';

const routing = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop }
spec:
  hosts: [shop.test]
  gateways: [edge]
  http:
    - name: old
      match: [{ uri: { prefix: /old } }]
      redirect: { uri: /new, redirectCode: 302 }
    - name: api
      match: [{ uri: { prefix: /api/ } }]
      rewrite: { uri: / }
      headers: { request: { set: { x-a: b }, remove: [x-secret] }, response: { add: { x-c: d } } }
      route:
        - { destination: { host: a, subset: v1 }, weight: 90 }
        - { destination: { host: a, subset: v2 }, weight: 10 }
    - name: teapot
      match: [{ uri: { exact: /tea } }]
      directResponse: { status: 418, body: { string: short and stout } }
    - name: rest
      route: [{ destination: { host: b } }]
    - name: never
      match: [{ uri: { exact: /never } }]
      route: [{ destination: { host: a } }]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: a }
spec:
  host: a
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: b-readers }
spec:
  selector: { matchLabels: { app: b } }
  rules:
    - to: [{ operation: { methods: [GET] } }]
    - from: [{ source: { principals: [cluster.local/ns/default/sa/a] } }]
`;

const mesh = questionMesh(
  [workload('a'), deployment('a', 'v2'), workload('b'), edgeGateway, routing].join('---\n'),
);

function run(text: string, of: QuestionMesh = mesh, gateway: 'workerd' | 'sockets' = 'workerd') {
  const { cases, diagnostics } = readTestFile({ file: 't.yaml', text }, writtenRules(of.resources));
  assert.deepEqual(diagnostics, []);
  const hits = new Set<string>();
  const meshes = { mesh: of.snapshots, virtualServices: () => virtualServiceMesh(of.resources), gateway };
  return { results: runCases(cases, meshes, (source) => hits.add(source)), hits };
}

/** The messages of the only case. */
function failures(request: string, expect: string, gateway: 'workerd' | 'sockets' = 'workerd'): string[] {
  const text = `cases: [{ name: c, request: ${request}, expect: ${expect} }]`;
  const [only] = run(text, mesh, gateway).results;
  return (only as CaseResult).failures.map(({ message }) => message);
}

const to = (path: string, method = 'GET') =>
  `{ method: ${method}, url: "http://shop.test${path}", headers: { x-secret: s } }`;

describe('weft test', () => {
  const met: readonly (readonly [what: string, request: string, expect: string])[] = [
    [
      'a redirect',
      to('/old/x'),
      '{ redirect: { location: "http://shop.test/new", status: 302 }, status: 302, route: old }',
    ],
    ['a redirect as text', to('/old/x'), '{ redirect: "http://shop.test/new" }'],
    [
      'weights',
      to('/api/x'),
      '{ destination: [{ service: a, subset: v1, weight: 90 }, { service: a, subset: v2, weight: 10 }] }',
    ],
    [
      'a part of the weights',
      to('/api/x'),
      '{ destination: { service: a, subset: v2, weight: 10, port: 80 } }',
    ],
    ['a rewrite', to('/api/x?y=1'), '{ rewrite: { path: "/x?y=1", authority: shop.test } }'],
    ['headers', to('/api/x'), '{ headers: { request: { x-a: b, x-secret: null }, response: { x-c: d } } }'],
    [
      'a direct response',
      to('/tea'),
      '{ status: 418, body: short and stout, headers: { response: { content-type: text/plain } } }',
    ],
    ['a service in full', to('/'), '{ destination: b.default.svc.cluster.local }'],
    ['a policy that allows', to('/'), '{ policy: { decision: allow, name: default/b-readers } }'],
    ['a policy that denies', to('/', 'PUT'), '{ policy: deny, status: 403, destination: b }'],
    ['a host that is not served', '{ url: "http://else.test/" }', '{ status: 404 }'],
    ['what the door refuses', '{ method: TRACE, url: "http://shop.test/" }', '{ status: 405 }'],
    [
      'a caller by workload',
      '{ url: "http://b/", method: PUT, from: a-v1 }',
      '{ policy: allow, destination: b }',
    ],
    [
      'a caller by identity alone',
      '{ url: "http://b/", method: PUT, target: b-v1, principal: cluster.local/ns/default/sa/a }',
      '{ policy: allow }',
    ],
    [
      'a stranger',
      '{ url: "http://b/", method: PUT, target: b-v1, principal: cluster.local/ns/x/sa/y }',
      '{ policy: deny }',
    ],
  ];
  for (const [what, request, expect] of met)
    test(`meets ${what}`, () => assert.deepEqual(failures(request, expect), []));

  const unmet: readonly (readonly [request: string, expect: string, message: RegExp])[] = [
    [to('/'), '{ destination: a }', /^destination: expected a, got 100 % b\.default:80$/],
    [to('/api/x'), '{ destination: a }', /^$/],
    [
      to('/api/x'),
      '{ destination: { service: a, subset: v1 } }',
      /expected a v1, got 90 % a\.default:80 v1 \+ 10 % a\.default:80 v2/,
    ],
    [
      to('/old'),
      '{ destination: a }',
      /^destination: expected a; gateway\/.* answers 302 \(direct_response\)$/,
    ],
    [to('/'), '{ status: 404 }', /^status: expected 404; it is forwarded to b\.default:80$/],
    [to('/'), '{ route: api }', /^route: expected api, got rest$/],
    [to('/'), '{ redirect: /x }', /^redirect: expected a redirect; it is forwarded/],
    [to('/'), '{ policy: deny }', /^policy: expected deny, got allow$/],
    [
      to('/', 'PUT'),
      '{ policy: allow }',
      /^policy: expected allow, got deny by sidecar\/default\/b-v1, rbac_/,
    ],
    [to('/'), '{ policy: { decision: allow, name: other } }', /expected policy other to decide, got ALLOW/],
    [to('/api/x'), '{ headers: { request: { x-a: c } } }', /^headers: expected request x-a "c", got "b"$/],
    [to('/api/x'), '{ rewrite: { path: /y } }', /^rewrite: expected path \/y, got \/x$/],
    [
      '{ url: "http://b/", from: nobody }',
      '{ status: 404 }',
      /^no workload nobody; there are: a-v1, a-v2, b-v1$/,
    ],
  ];
  for (const [request, expect, message] of unmet)
    test(`${request} is judged by ${expect}`, () =>
      assert.match(failures(request, expect).join('\n'), message));

  test('either gateway comes with an identity: a certificate, or signed requests', () => {
    const strict = questionMesh(
      [
        workload('a'),
        edgeGateway,
        routing.split('---')[0]?.replaceAll('host: b', 'host: a'),
        `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default }
spec: { mtls: { mode: STRICT } }
`,
      ].join('---\n'),
    );
    const judged = (gateway: string) =>
      run(
        `gateway: ${gateway}\ncases: [{ name: c, request: ${to('/')}, expect: { destination: a, policy: allow } }]`,
        strict,
      );
    const first = (gateway: string) => judged(gateway).results[0]?.failures ?? [];
    assert.deepEqual(first('sockets'), []);
    assert.deepEqual(first('workerd'), []);
  });

  test('coverage names what no case met, also what is never compiled', () => {
    const { hits } = run(
      `cases: [{ name: c, request: ${to('/api/x')}, expect: {} }, { name: d, request: ${to('/')}, expect: {} }]`,
    );
    const coverage = coverageOf(mesh.sources, mesh.resources, hits);
    assert.deepEqual(
      coverage.items.filter(({ hit }) => hit).map(({ name }) => name),
      [
        'VirtualService default/shop http[1]',
        'VirtualService default/shop http[3]',
        'AuthorizationPolicy default/b-readers rules[0]',
      ],
    );
    assert.equal(coverage.items.length, 7);
    const line = mesh.sources.get('AuthorizationPolicy/default/b-readers/rules/1')?.line;
    assert.match(
      coverageText(coverage),
      /^routes and rules hit 3\/7 \(42\.8 %\)\n {2}never hit: VirtualService default\/shop http\[0\], mesh\.yaml:\d+/,
    );
    assert.match(
      coverageText(coverage),
      new RegExp(`never hit: AuthorizationPolicy default/b-readers rules\\[1\\], mesh\\.yaml:${line}`),
    );
    assert.match(coverageText(coverage), /never hit: VirtualService default\/shop http\[4\]/);
  });

  test('reports as text, JSON and JUnit', () => {
    const text = `cases: [{ name: 'a <b> & "c"', request: ${to('/')}, expect: { status: 404 } }, { name: d, request: ${to('/')}, expect: {} }]`;
    const { results, hits } = run(text);
    const coverage = coverageOf(mesh.sources, mesh.resources, hits);
    const log = testReport(results, coverage, 12, 'log');
    assert.match(log, /✖ a <b> & "c"\n {2}t\.yaml:1:\d+ {2}status: expected 404/);
    assert.match(log, /✖ 2 cases: 1 passed, 1 failed; 2 requests in 12 ms/);
    const json = JSON.parse(testReport(results, coverage, 12, 'json'));
    assert.deepEqual(
      [json.apiVersion, json.passed, json.failed, json.coverage.of],
      ['cli.weft.dev/v1', 1, 1, 7],
    );
    const junit = testReport(results, coverage, 12, 'junit');
    assert.match(junit, /<testsuites name="weft test" tests="2" failures="1" time="0\.0120">/);
    assert.match(
      junit,
      /<testcase name="a &lt;b&gt; &amp; &quot;c&quot;" classname="t\.yaml" file="t\.yaml" line="1"/,
    );
    assert.match(junit, /<failure message="status: expected 404; it is forwarded to b\.default:80">/);
  });
});
