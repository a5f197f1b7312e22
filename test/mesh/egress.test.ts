import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceOf } from '../support/control-parts.ts';
import { SimulatedMesh, type SimulationOptions } from '../support/simulated-mesh.ts';

const API = 'networking.istio.io/v1';
const outside = (address: string) => !address.endsWith('-v1');
const services = ['client', 'a', 'b'].map((name) => serviceOf(name)).join('\n---\n');

const resource = (kind: string, name: string, spec: string, namespace = 'default') =>
  `{apiVersion: ${API}, kind: ${kind}, metadata: {name: ${name}, namespace: ${namespace}}, spec: ${spec}}`;

const meshOf = (resources: readonly string[], options: SimulationOptions = {}) =>
  new SimulatedMesh([services, ...resources].join('\n---\n'), { outside, ...options });

/** Status, who answered, and the cluster; of an answer of the proxy its details. */
async function asked(mesh: SimulatedMesh, url: string) {
  const { status, workload, cluster, details } = await mesh.call({ from: 'client-v1', url });
  return [status, workload, cluster || details];
}

const http = (number: number) => `{number: ${number}, name: http, protocol: HTTP}`;

describe('hosts that nobody declared', () => {
  test('pass through where everything may be reached', async () => {
    assert.deepEqual(await asked(meshOf([]), 'http://far.example:8080/'), [
      200,
      'far.example:8080',
      'PassthroughCluster',
    ]);
  });

  test('answer 502 where only what is declared may be reached', async () => {
    const mesh = meshOf([], { settings: { outboundTrafficPolicy: 'REGISTRY_ONLY' } });
    assert.deepEqual(await asked(mesh, 'http://far.example/'), [502, '', 'block_all']);
    assert.equal((await asked(mesh, 'http://a/'))[1], 'a-v1');
  });

  test('are the Sidecar’s to say before the mesh’s', async () => {
    const sidecar = resource(
      'Sidecar',
      'strict',
      '{workloadSelector: {labels: {app: client}}, outboundTrafficPolicy: {mode: REGISTRY_ONLY}}',
    );
    assert.deepEqual(await asked(meshOf([sidecar]), 'http://far.example/'), [502, '', 'block_all']);
    const open = sidecar.replace('REGISTRY_ONLY', 'ALLOW_ANY');
    const mesh = meshOf([open], { settings: { outboundTrafficPolicy: 'REGISTRY_ONLY' } });
    assert.equal((await asked(mesh, 'http://far.example/'))[0], 200);
  });
});

describe('the resolution of a ServiceEntry', () => {
  const entry = (more: string, host = 'far.example') =>
    resource('ServiceEntry', 'far', `{hosts: ["${host}"], ports: [${http(80)}], ${more}}`);

  const cases: readonly (readonly [string, string, string, string])[] = [
    ['NONE dials what the request names', 'resolution: NONE', 'http://far.example/', 'far.example:80'],
    ['DNS dials the host', 'resolution: DNS', 'http://far.example/', 'far.example:80'],
    ['DNS_ROUND_ROBIN too', 'resolution: DNS_ROUND_ROBIN', 'http://far.example/', 'far.example:80'],
    [
      'DNS dials the endpoints where there are some',
      'resolution: DNS, endpoints: [{address: other.example, ports: {http: 8080}}]',
      'http://far.example/',
      'other.example:8080',
    ],
    [
      'STATIC dials its endpoints, on the target port',
      'resolution: STATIC, endpoints: [{address: 10.9.9.9}]',
      'http://far.example/',
      '10.9.9.9:80',
    ],
  ];
  for (const [name, more, url, expected] of cases)
    test(name, async () => {
      const [status, workload, cluster] = await asked(meshOf([entry(more)]), url);
      assert.deepEqual([status, workload, cluster], [200, expected, 'outbound|80||far.example']);
    });

  test('of a wildcard serves every name below it, each as it is asked for, and not the name itself', async () => {
    const mesh = meshOf([entry('resolution: NONE', '*.far.example')], {
      settings: { outboundTrafficPolicy: 'REGISTRY_ONLY' },
    });
    const cluster = 'outbound|80||*.far.example';
    assert.deepEqual(await asked(mesh, 'http://x.far.example/'), [200, 'x.far.example:80', cluster]);
    assert.deepEqual(await asked(mesh, 'http://y.x.far.example/'), [200, 'y.x.far.example:80', cluster]);
    assert.equal((await asked(mesh, 'http://far.example/'))[0], 502);
  });

  test('routes of a VirtualService stand before it', async () => {
    const routes = resource(
      'VirtualService',
      'far',
      '{hosts: [far.example], http: [{match: [{uri: {prefix: /own}}], route: [{destination: {host: a}}]}, {route: [{destination: {host: far.example}}]}]}',
    );
    const mesh = meshOf([entry('resolution: DNS'), routes]);
    assert.equal((await asked(mesh, 'http://far.example/own'))[1], 'a-v1');
    assert.equal((await asked(mesh, 'http://far.example/'))[1], 'far.example:80');
  });
});

describe('the egress of a Sidecar', () => {
  const sidecar = (hosts: string) =>
    resource(
      'Sidecar',
      'narrow',
      `{workloadSelector: {labels: {app: client}}, outboundTrafficPolicy: {mode: REGISTRY_ONLY}, egress: [{hosts: ${hosts}}]}`,
    );

  test('leaves what it names, and nothing else', async () => {
    const mesh = meshOf([sidecar('["./a.default.svc.cluster.local"]')]);
    assert.equal((await asked(mesh, 'http://a/'))[1], 'a-v1');
    assert.equal((await asked(mesh, 'http://b/'))[0], 502);
    assert.equal((await mesh.call({ from: 'a-v1', url: 'http://b/' })).workload, 'b-v1');
  });

  test('keeps in reach what a visible VirtualService leads to', async () => {
    const routes = resource(
      'VirtualService',
      'a',
      '{hosts: [a], http: [{route: [{destination: {host: b}}]}]}',
    );
    const mesh = meshOf([sidecar('["./a.default.svc.cluster.local"]'), routes]);
    assert.equal((await asked(mesh, 'http://a/'))[1], 'b-v1');
    assert.equal((await asked(mesh, 'http://b/'))[0], 502);
  });

  test('hides VirtualServices of namespaces that it leaves out', async () => {
    const routes = resource(
      'VirtualService',
      'a',
      '{hosts: [a.default.svc.cluster.local], http: [{directResponse: {status: 418}}]}',
      'far',
    );
    assert.equal((await asked(meshOf([routes]), 'http://a/'))[0], 418);
    assert.equal((await asked(meshOf([routes, sidecar('["./*"]')]), 'http://a/'))[0], 200);
    assert.equal((await asked(meshOf([routes, sidecar('["./*", "far/*"]')]), 'http://a/'))[0], 418);
  });
});

describe('exportTo', () => {
  const routes = (exportTo: string, namespace = 'far') =>
    resource(
      'VirtualService',
      'a',
      `{hosts: [a.default.svc.cluster.local], exportTo: ${exportTo}, http: [{directResponse: {status: 418}}]}`,
      namespace,
    );
  for (const [exportTo, status] of [
    ['["*"]', 418],
    ['[default]', 418],
    ['["."]', 200],
    ['[other]', 200],
  ] as const)
    test(`${exportTo} of another namespace`, async () => {
      assert.equal((await asked(meshOf([routes(exportTo)]), 'http://a/'))[0], status);
    });

  test('hides the entry of one namespace, and so shows that of another', async () => {
    const entry = (namespace: string, exportTo: string, address: string) =>
      resource(
        'ServiceEntry',
        'far',
        `{hosts: [far.example], exportTo: ["${exportTo}"], ports: [${http(80)}], resolution: STATIC, endpoints: [{address: ${address}}]}`,
        namespace,
      );
    const mesh = meshOf([entry('one', '.', '10.0.0.1'), entry('two', '*', '10.0.0.2')]);
    assert.equal((await asked(mesh, 'http://far.example/'))[1], '10.0.0.2:80');
    const own = meshOf([entry('two', '*', '10.0.0.2'), entry('default', '.', '10.0.0.3')]);
    assert.equal((await asked(own, 'http://far.example/'))[1], '10.0.0.3:80');
  });
});
