import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SimulatedMesh } from '../support/simulated-mesh.ts';

const workload = (name: string, namespace = 'default') => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: app, image: app }] }
---
`;

const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge }
spec: { gatewayClassName: weft, listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
`;

const route = (rules: string, name = 'route', parent = '{ name: edge }', created = '2026-01-01') => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, creationTimestamp: "${created}T00:00:00Z" }
spec:
  parentRefs: [${parent}]
  rules: ${rules}
---
`;

const to = (name: string) => `backendRefs: [{ name: ${name}, port: 80 }]`;

function meshOf(...parts: readonly string[]): SimulatedMesh {
  return new SimulatedMesh([workload('a'), workload('b'), GATEWAY, ...parts].join(''));
}

describe('a prefix ends at a slash', () => {
  const cases: readonly (readonly [prefix: string, path: string, status: number])[] = [
    ['/foo', '/foo', 200],
    ['/foo', '/foo/', 200],
    ['/foo', '/foo/bar', 200],
    ['/foo', '/foobar', 404],
    ['/foo', '/', 404],
    ['/foo/', '/foo', 200],
    ['/foo/', '/foo/bar', 200],
    ['/', '/anything', 200],
  ];
  for (const [prefix, path, status] of cases) {
    test(`${prefix} and ${path}: ${status}`, async () => {
      const mesh = meshOf(route(`[{ matches: [{ path: { value: ${prefix} } }], ${to('a')} }]`));
      assert.equal((await mesh.call({ url: `http://x.example${path}` })).status, status);
    });
  }
});

describe('a replaced prefix neither loses nor doubles a slash', () => {
  const cases: readonly (readonly [prefix: string, replacement: string, path: string, expected: string])[] = [
    ['/foo', '/xyz', '/foo/bar', '/xyz/bar'],
    ['/foo', '/xyz', '/foo', '/xyz'],
    ['/foo', '/xyz', '/foo/', '/xyz/'],
    ['/foo', '/xyz/', '/foo/bar', '/xyz/bar'],
    ['/foo/', '/xyz', '/foo/bar', '/xyz/bar'],
    ['/foo', '/', '/foo/bar', '/bar'],
    ['/foo', '/', '/foo', '/'],
    ['/foo', '""', '/foo/bar', '/bar'],
    ['/', '/xyz', '/bar', '/xyz/bar'],
    ['/foo', 'xyz', '/foo/bar?q=1', '/xyz/bar?q=1'],
  ];
  for (const [prefix, replacement, path, expected] of cases) {
    const modifier = `path: { type: ReplacePrefixMatch, replacePrefixMatch: ${replacement} }`;
    const matches = `matches: [{ path: { value: ${prefix} } }]`;
    test(`${prefix} by ${replacement} in ${path} is ${expected}`, async () => {
      const rewrite = `filters: [{ type: URLRewrite, urlRewrite: { ${modifier} } }]`;
      const mesh = meshOf(route(`[{ ${matches}, ${rewrite}, ${to('a')} }]`));
      const { request } = await mesh.call({ url: `http://x.example${path}` });
      assert.equal(`${request?.path}${request?.query}`, expected);
    });
    test(`a redirect from ${path} by ${replacement} leads to ${expected}`, async () => {
      const redirect = `filters: [{ type: RequestRedirect, requestRedirect: { ${modifier} } }]`;
      const mesh = meshOf(route(`[{ ${matches}, ${redirect} }]`));
      const { status, headers } = await mesh.call({ url: `http://x.example${path}` });
      assert.equal(status, 302);
      assert.equal(headers.get('location'), `http://x.example${expected}`);
    });
  }
});

describe('the more specific match counts, over all routes of a host', () => {
  const cases: readonly (readonly [title: string, winner: string, loser: string, path: string])[] = [
    ['exact before prefix', 'path: { type: Exact, value: /a }', 'path: { value: /a }', '/a'],
    ['a longer prefix', 'path: { value: /a/b }', 'path: { value: /a }', '/a/b/c'],
    [
      'a prefix before a pattern',
      'path: { value: /a }',
      'path: { type: RegularExpression, value: "/a.*" }',
      '/a/b',
    ],
    ['a method', 'method: GET', 'path: { value: / }', '/'],
    ['a method before a header', 'method: GET', 'headers: [{ name: x, value: "1" }]', '/'],
    [
      'a header before a parameter',
      'headers: [{ name: x, value: "1" }]',
      'queryParams: [{ name: q, value: "1" }]',
      '/?q=1',
    ],
    [
      'more headers',
      'headers: [{ name: x, value: "1" }, { name: y, value: "1" }]',
      'headers: [{ name: x, value: "1" }]',
      '/',
    ],
    ['a parameter', 'queryParams: [{ name: q, value: "1" }]', 'path: { value: / }', '/?q=1'],
    ['the older of equals', 'path: { value: /a }', 'path: { value: /a/ }', '/a/b'],
  ];
  for (const [title, winner, loser, path] of cases) {
    test(title, async () => {
      const older = route(
        `[{ matches: [{ ${winner} }], ${to('a')} }]`,
        'z-older',
        '{ name: edge }',
        '2025-01-01',
      );
      const younger = route(`[{ matches: [{ ${loser} }], ${to('b')} }]`, 'a-younger');
      for (const parts of [
        [older, younger],
        [younger, older],
      ]) {
        const headers = [
          ['x', '1'],
          ['y', '1'],
        ] as const;
        assert.equal(
          (await meshOf(...parts).call({ url: `http://x.example${path}`, headers })).workload,
          'a',
        );
      }
    });
  }
});

describe('a backend that cannot be', () => {
  const cases: readonly (readonly [title: string, rule: string])[] = [
    ['a Service that is not there', `[{ ${to('nobody')} }]`],
    [
      'a Service of another namespace, without a grant',
      '[{ backendRefs: [{ name: c, namespace: shop, port: 80 }] }]',
    ],
    ['a kind that nobody knows', '[{ backendRefs: [{ group: example.com, kind: Thing, name: a }] }]'],
    ['none at all', '[{}]'],
    ['none with a weight', '[{ backendRefs: [{ name: a, port: 80, weight: 0 }] }]'],
  ];
  for (const [title, rules] of cases) {
    test(`${title} is answered with 500`, async () => {
      const mesh = meshOf(workload('c', 'shop'), route(rules));
      assert.equal((await mesh.call({ url: 'http://x.example/' })).status, 500);
    });
  }

  test('has its share of the requests', async () => {
    const rules =
      '[{ backendRefs: [{ name: a, port: 80, weight: 3 }, { name: nobody, port: 80, weight: 1 }] }]';
    const yaml = [workload('a'), GATEWAY, route(rules)].join('');
    for (const [draw, status] of [
      [0.74, 200],
      [0.76, 500],
    ] as const) {
      const mesh = new SimulatedMesh(yaml, { draw: () => draw });
      assert.equal((await mesh.call({ url: 'http://x.example/' })).status, status);
    }
  });
});

describe('inside the mesh', () => {
  const service = (name: string) => `{ group: "", kind: Service, name: ${name} }`;

  test('a route of a Service is followed by its clients', async () => {
    const mesh = meshOf(route(`[{ ${to('b')} }]`, 'moved', service('a')));
    assert.equal((await mesh.call({ from: 'b', url: 'http://a/' })).workload, 'b');
  });

  test('what none of its rules takes is not found', async () => {
    const mesh = meshOf(route(`[{ matches: [{ path: { value: /v1 } }], ${to('a')} }]`, 'some', service('a')));
    assert.equal((await mesh.call({ from: 'b', url: 'http://a/v1/x' })).status, 200);
    assert.equal((await mesh.call({ from: 'b', url: 'http://a/v2' })).status, 404);
  });
});

test('a header that is set is literal, whatever percent signs it has', async () => {
  const filter =
    '{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: X-A, value: "50%REQ(x)%" }] } }';
  const { request } = await meshOf(route(`[{ filters: [${filter}], ${to('a')} }]`)).call({
    url: 'http://x/',
  });
  assert.equal(request?.headers.get('x-a'), '50%REQ(x)%');
});

test('a BackendTLSPolicy is no plaintext, whether it can be honoured or not', async () => {
  const policy = (authorities: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: a }
spec:
  targetRefs: [{ group: "", kind: Service, name: a }]
  validation: { hostname: a.example, ${authorities} }
`;
  for (const [authorities, status, flags] of [
    ['wellKnownCACertificates: System', 503, 'UF,URX'],
    ['caCertificateRefs: [{ group: "", kind: ConfigMap, name: nobody }]', 500, 'NC'],
  ] as const) {
    const mesh = meshOf(route(`[{ ${to('a')} }]`), policy(authorities));
    const answer = await mesh.call({ url: 'http://x.example/' });
    assert.deepEqual([answer.status, answer.flags, mesh.received], [status, flags, []]);
  }
});
