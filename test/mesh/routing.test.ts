import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceOf } from '../support/control-parts.ts';
import { type Call, SimulatedMesh, type SimulationOptions } from '../support/simulated-mesh.ts';

const API = 'networking.istio.io/v1';
const services = ['client', 'other', 'a', 'b', 'c'].map((name) => serviceOf(name)).join('\n---\n');

const resource = (kind: string, name: string, spec: string, metadata = '') =>
  `{apiVersion: ${API}, kind: ${kind}, metadata: {name: ${name}${metadata}}, spec: ${spec}}`;

const virtualService = (name: string, spec: string, metadata = '') =>
  resource('VirtualService', name, spec, metadata);

const edge = (server = 'port: {number: 80, name: http, protocol: HTTP}') =>
  resource('Gateway', 'edge', `{selector: {istio: ingressgateway}, servers: [{hosts: ["*"], ${server}}]}`);

const meshOf = (resources: readonly string[], options: SimulationOptions = {}) =>
  new SimulatedMesh([services, ...resources].join('\n---\n'), options);

const to = (host: string) => `route: [{destination: {host: ${host}}}]`;

/** A mesh with these rules for `a`. */
const rulesOf = (rules: string, options: SimulationOptions = {}) =>
  meshOf([virtualService('a', `{hosts: [a], http: ${rules}}`)], options);

const from = (call: Partial<Call> & { readonly url: string }) => ({ from: 'client-v1', ...call });

describe('a match by client', () => {
  test('sourceLabels take the workloads that carry them', async () => {
    const mesh = rulesOf(`[{match: [{sourceLabels: {app: client}}], ${to('b')}}, {${to('c')}}]`);
    assert.equal((await mesh.call(from({ url: 'http://a/' }))).workload, 'b-v1');
    assert.equal((await mesh.call({ from: 'other-v1', url: 'http://a/' })).workload, 'c-v1');
  });

  test('sourceNamespace takes the workloads of it', async () => {
    for (const [namespace, workload] of [
      ['default', 'b-v1'],
      ['far', 'c-v1'],
    ]) {
      const mesh = rulesOf(`[{match: [{sourceNamespace: ${namespace}}], ${to('b')}}, {${to('c')}}]`);
      assert.equal((await mesh.call(from({ url: 'http://a/' }))).workload, workload);
    }
  });

  test('an item of another client does not keep the rule from those whom another item takes', async () => {
    const mesh = rulesOf(
      `[{match: [{sourceLabels: {app: nobody}}, {uri: {prefix: /b}}], ${to('b')}}, {${to('c')}}]`,
    );
    assert.equal((await mesh.call(from({ url: 'http://a/b' }))).workload, 'b-v1');
    assert.equal((await mesh.call(from({ url: 'http://a/' }))).workload, 'c-v1');
  });
});

describe('several VirtualServices of one host', () => {
  const pair = (gateways: string, ages = ['2026-01-02', '2026-01-01']) => [
    virtualService(
      'younger',
      `{hosts: [a.example], gateways: [${gateways}], http: [{${to('b')}}]}`,
      `, creationTimestamp: "${ages[0]}T00:00:00Z"`,
    ),
    virtualService(
      'older',
      `{hosts: [a.example], gateways: [${gateways}], http: [{match: [{uri: {prefix: /c}}], ${to('c')}}]}`,
      `, creationTimestamp: "${ages[1]}T00:00:00Z"`,
    ),
  ];

  test('are one at a gateway, catch-alls last', async () => {
    for (const ages of [
      ['2026-01-02', '2026-01-01'],
      ['2026-01-01', '2026-01-02'],
    ]) {
      const mesh = meshOf([edge(), ...pair('edge', ages)]);
      assert.equal((await mesh.call({ url: 'http://a.example/c' })).workload, 'c-v1');
      assert.equal((await mesh.call({ url: 'http://a.example/' })).workload, 'b-v1');
    }
  });

  test('are the oldest alone at a sidecar', async () => {
    const mesh = meshOf(pair('mesh'));
    assert.equal((await mesh.call(from({ url: 'http://a.example/c' }))).workload, 'c-v1');
    assert.equal((await mesh.call(from({ url: 'http://a.example/' }))).status, 404);
  });

  test('created in one instant go by name, then by namespace', async () => {
    const ages = ['2026-01-01', '2026-01-01'];
    const mesh = meshOf(pair('mesh', ages));
    assert.equal((await mesh.call(from({ url: 'http://a.example/' }))).status, 404);
    const named = meshOf(pair('mesh', ages).map((text) => text.replace('name: younger', 'name: first')));
    assert.equal((await named.call(from({ url: 'http://a.example/' }))).workload, 'b-v1');
  });
});

describe('a delegate', () => {
  const root = (rule: string) =>
    virtualService('root', `{hosts: [x.example], gateways: [edge], http: [${rule}]}`);

  test('adds its own conditions to those of the rule that names it', async () => {
    const mesh = meshOf([
      edge(),
      root('{match: [{uri: {prefix: /shop}}], delegate: {name: shop}, timeout: 3s}'),
      virtualService(
        'shop',
        `{http: [{match: [{uri: {prefix: /shop/b}}], ${to('b')}}, {match: [{uri: {prefix: /elsewhere}}], ${to('c')}}, {match: [{headers: {x-c: {exact: "1"}}}], ${to('c')}}]}`,
      ),
    ]);
    const ask = async (path: string, headers: Call['headers'] = []) => {
      const { status, workload } = await mesh.call({ url: `http://x.example${path}`, headers });
      return workload || status;
    };
    assert.equal(await ask('/shop/b'), 'b-v1');
    assert.equal(await ask('/elsewhere'), 404);
    assert.equal(await ask('/shop/d', [['x-c', '1']]), 'c-v1');
    assert.equal(await ask('/shop/d'), 404);
  });

  test('that is not there leaves its rule out', async () => {
    const mesh = meshOf([edge(), root('{delegate: {name: nobody}}')]);
    assert.equal((await mesh.call({ url: 'http://x.example/' })).status, 404);
  });
});

describe('a rewrite', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['of a prefix is textual, slashes and all', 'match: [{uri: {prefix: /foo}}]', '{uri: /}', '//bar'],
    ['of a prefix keeps what follows', 'match: [{uri: {prefix: /foo/}}]', '{uri: /x/}', '/x/bar'],
    ['of an exact match is the whole path', 'match: [{uri: {exact: /foo/bar}}]', '{uri: /x}', '/x'],
    ['of a regex match is the whole path', 'match: [{uri: {regex: "/foo/.*"}}]', '{uri: /x}', '/x'],
    [
      'by regex puts groups in',
      'match: [{uri: {prefix: /}}]',
      '{uriRegexRewrite: {match: "/(f[a-z]+)/([a-z]+)", rewrite: \'/\\2/\\1\'}}',
      '/bar/foo',
    ],
    [
      'by regex puts in every match',
      'match: [{uri: {prefix: /}}]',
      '{uriRegexRewrite: {match: "[ao]", rewrite: "0"}}',
      '/f00/b0r',
    ],
  ];
  for (const [name, match, rewrite, expected] of cases)
    test(name, async () => {
      const mesh = rulesOf(`[{${match}, rewrite: ${rewrite}, ${to('a')}}]`);
      const { request } = await mesh.call(from({ url: 'http://a/foo/bar?q=foo' }));
      assert.deepEqual([request?.path, request?.query], [expected, '?q=foo']);
      assert.equal(request?.headers.get('x-envoy-original-path'), '/foo/bar?q=foo');
    });

  test('of the authority is what the application is asked for', async () => {
    const mesh = rulesOf(`[{rewrite: {authority: own.example}, ${to('a')}}]`);
    const { request } = await mesh.call(from({ url: 'http://a/' }));
    assert.deepEqual([request?.authority, request?.path], ['own.example', '/']);
  });
});

describe('values of header operations', () => {
  test('say what they name, a doubled percent sign itself', async () => {
    const set =
      '{x-path: "%REQ(:path)%", x-method: "%REQ(:METHOD)% it", x-agent: "%REQ(user-agent)%", x-none: "%REQ(x-none)%", x-from: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", x-share: "100%%", x-protocol: "%PROTOCOL%"}';
    const mesh = rulesOf(`[{headers: {request: {set: ${set}}}, ${to('a')}}]`);
    const { request } = await mesh.call(from({ url: 'http://a/p?q=1', headers: [['user-agent', 'me']] }));
    const got = ['x-path', 'x-method', 'x-agent', 'x-from', 'x-share', 'x-protocol'].map((name) =>
      request?.headers.get(name),
    );
    assert.deepEqual(got, ['/p?q=1', 'GET it', 'me', '10.0.0.1', '100%', 'HTTP/1.1']);
  });

  test('remove, then set, then add; the route’s after the destination’s', async () => {
    const mesh = rulesOf(
      '[{headers: {request: {set: {x-a: route}, add: {x-b: route}, remove: [x-c]}}, route: [{destination: {host: a}, headers: {request: {set: {x-a: destination, x-b: destination}}}}]}]',
    );
    const { request } = await mesh.call(from({ url: 'http://a/', headers: [['x-c', '1']] }));
    const got = ['x-a', 'x-b', 'x-c'].map((name) => request?.headers.getAll(name).join('+'));
    assert.deepEqual(got, ['route', 'destination+route', '']);
  });
});

describe('weights', () => {
  const split = (weights: readonly number[]) =>
    `[{route: [${weights.map((weight, i) => `{destination: {host: ${'abc'[i]}}, weight: ${weight}}`).join(', ')}]}]`;

  for (const [weights, draw, workload] of [
    [[1, 3], 0.24, 'a-v1'],
    [[1, 3], 0.26, 'b-v1'],
    [[0, 1], 0, 'b-v1'],
    [[20, 30, 50], 0.51, 'c-v1'],
  ] as const)
    test(`${weights} at ${draw} of all requests`, async () => {
      const mesh = rulesOf(split(weights), { draw: () => draw });
      assert.equal((await mesh.call(from({ url: 'http://a/' }))).workload, workload);
    });
});

describe('httpsRedirect', () => {
  test('sends plaintext to https, whatever the routes', async () => {
    const mesh = meshOf([
      edge('port: {number: 80, name: http, protocol: HTTP}, tls: {httpsRedirect: true}'),
      virtualService('x', `{hosts: [x.example], gateways: [edge], http: [{${to('a')}}]}`),
    ]);
    for (const host of ['x.example', 'x.example:8080', 'y.example']) {
      const { status, headers } = await mesh.call({ url: `http://${host}/p?q=1` });
      assert.deepEqual([status, headers.get('location')], [301, `https://${host.split(':')[0]}/p?q=1`]);
    }
  });
});
