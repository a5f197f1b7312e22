import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointTable } from '../../../src/proxy/forward/endpoint-table.ts';
import type { Cluster } from '../../../src/snapshot/cluster.ts';
import type { Endpoint, EndpointRecord } from '../../../src/snapshot/endpoint.ts';
import { meshCluster, testCluster } from '../../support/socket-mesh.ts';

const SERVICE = 'reviews.default.svc.cluster.local';

function endpoint(instance: string, version: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    instance,
    address: '10.0.0.1',
    ports: [[9080, 19080]],
    workload: `reviews-${version}`,
    namespace: 'default',
    labels: [
      ['app', 'reviews'],
      ['version', version],
    ],
    mesh: true,
    plaintextPorts: [9080],
    weight: 1,
    ...more,
  };
}

function record(sequence: number, ...endpoints: Endpoint[]): EndpointRecord {
  return { format: 1, service: SERVICE, sequence, endpoints };
}

function instances(table: EndpointTable, cluster: Cluster): string[] {
  return table.resolve(cluster, 'reviews').candidates.map((candidate) => candidate.instance);
}

test('a registry cluster has the endpoints with its port and all of its labels', () => {
  const table = new EndpointTable();
  const other = endpoint('c', 'v1', { ports: [[8080, 1]] });
  table.update(
    record(1, endpoint('a', 'v1'), endpoint('b', 'v2'), other, endpoint('d', 'v1', { weight: 0 })),
  );
  assert.deepEqual(instances(table, testCluster()), ['a', 'b']);
  const v2 = { ...testCluster(), name: 'v2', labels: [['version', 'v2']] as const };
  assert.deepEqual(instances(table, v2), ['b']);
  const [first] = table.resolve(testCluster(), '').candidates;
  assert.deepEqual(
    [first?.address, first?.port, first?.mesh, first?.workload],
    ['10.0.0.1', 19080, true, 'reviews-v1'],
  );
});

test('a record is replaced only by a newer one', () => {
  const table = new EndpointTable();
  assert.ok(table.update(record(5, endpoint('a', 'v1'))));
  assert.ok(!table.update(record(5, endpoint('b', 'v1'))));
  assert.ok(!table.update(record(4, endpoint('b', 'v1'))));
  assert.deepEqual(instances(table, testCluster()), ['a']);
  assert.ok(table.update(record(6)));
  assert.deepEqual(instances(table, testCluster()), []);
});

test('a resolution is kept until its record or its cluster changes', () => {
  const table = new EndpointTable();
  const cluster = testCluster();
  table.update(record(1, endpoint('a', 'v1')));
  const first = table.resolve(cluster, '');
  assert.equal(table.resolve(cluster, ''), first);
  assert.notEqual(table.resolve({ ...cluster }, ''), first);
  table.update(record(2, endpoint('a', 'v1')));
  assert.notEqual(table.resolve(cluster, ''), first);
});

test('requests in flight are counted per endpoint across subsets and updates, and forgotten with it', () => {
  const table = new EndpointTable();
  const all = testCluster();
  const v1 = { ...testCluster(), name: 'v1', labels: [['version', 'v1']] as const };
  const loadOf = (cluster: Cluster) => table.resolve(cluster, '').candidates[0]?.load;
  table.update(record(1, endpoint('a', 'v1')));
  const load = loadOf(all);
  assert.ok(load !== undefined);
  assert.equal(loadOf(v1), load);
  table.update(record(2, endpoint('a', 'v1'), endpoint('b', 'v1')));
  assert.equal(loadOf(all), load);
  table.update(record(3));
  table.update(record(4, endpoint('a', 'v1')));
  assert.notEqual(loadOf(all), load);
});

test('a static cluster has the endpoints of the snapshot, a subset those with its labels', () => {
  const endpoints = [
    { address: 'a.example', port: 443, labels: [['version', 'v1']] as const, weight: 1 },
    { address: 'b.example', port: 443, labels: [], weight: 3 },
  ];
  const cluster: Cluster = { ...testCluster(), discovery: { kind: 'static', endpoints } };
  const addresses = (one: Cluster) =>
    new EndpointTable().resolve(one, '').candidates.map((candidate) => candidate.address);
  assert.deepEqual(addresses(cluster), ['a.example', 'b.example']);
  assert.deepEqual(addresses({ ...cluster, labels: [['version', 'v1']] }), ['a.example']);
});

function dialled(authority: string, parts: Partial<Cluster>): readonly (readonly [string, number])[] {
  const cluster: Cluster = { ...testCluster(), ...parts, discovery: { kind: 'original' } };
  const { candidates } = new EndpointTable().resolve(cluster, authority);
  return candidates.map(({ address, port }) => [address, port] as const);
}

test('a client chooses the target only within the host and the port of the cluster', () => {
  const exact = { service: 'api.example', port: 8080 };
  const wildcard = { service: '*.api.example', port: 8080 };
  const table: [authority: string, cluster: Partial<Cluster>, address: string | undefined][] = [
    ['api.example:8080', exact, 'api.example'],
    ['API.example.', exact, 'api.example'],
    ['api.example:80', exact, undefined],
    ['169.254.169.254:8080', exact, undefined],
    ['a.api.example:8080', exact, undefined],
    ['b.a.api.example', wildcard, 'b.a.api.example'],
    ['api.example', wildcard, undefined],
    ['.api.example', wildcard, undefined],
    ['169.254.169.254', wildcard, undefined],
    ['169.254.169.254/.api.example', wildcard, undefined],
    ['[::1]', wildcard, undefined],
    ['169.254.169.254', { service: '*', port: 80 }, undefined],
  ];
  for (const [authority, cluster, address] of table) {
    const expected = address === undefined ? [] : [[address, 8080]];
    assert.deepEqual(dialled(authority, cluster), expected, `${authority} of ${cluster.service}`);
  }
});

test('what needs mesh TLS is never dialled as asked, for nobody knows whom to expect there', () => {
  const mesh = { mode: 'mesh', sni: 'x', sans: [], required: false } as const;
  for (const service of ['api.example', '']) {
    assert.equal(dialled('api.example', { service, port: 80, tls: mesh }).length, 0);
    assert.equal(dialled('api.example', { service, port: 80 }).length, 1);
  }
});

test('static endpoints get mesh TLS where it is required, for nobody knows of their sidecars', () => {
  const endpoints = [{ address: '10.0.0.9', port: 80, labels: [], weight: 1 }];
  for (const required of [true, false]) {
    const tls = { mode: 'mesh', sni: 'x', sans: [], required } as const;
    const cluster: Cluster = { ...testCluster(tls), discovery: { kind: 'static', endpoints } };
    assert.equal(new EndpointTable().resolve(cluster, '').candidates[0]?.mesh, required);
  }
});

test('the pass-through cluster dials what was asked for', () => {
  const cluster: Cluster = { ...testCluster(), service: '', port: 0, discovery: { kind: 'original' } };
  const table = [
    ['example.com', 'example.com', 80],
    ['example.com:8443', 'example.com', 8443],
    ['[::1]:90', '::1', 90],
    ['[::1]', '::1', 80],
  ] as const;
  for (const [authority, address, port] of table) {
    const [candidate] = new EndpointTable().resolve(cluster, authority).candidates;
    assert.deepEqual([candidate?.address, candidate?.port, candidate?.mesh], [address, port, false]);
  }
  for (const authority of ['', ':80', 'a:0', 'a:x', 'a:65536']) {
    assert.deepEqual(new EndpointTable().resolve(cluster, authority).candidates, [], authority);
  }
});

test('the application is on loopback at the workload port unless it is said to be elsewhere', () => {
  const cluster: Cluster = { ...testCluster(), service: '', discovery: { kind: 'application' } };
  const table = new EndpointTable();
  const place = () => {
    const [candidate] = table.resolve(cluster, '').candidates;
    return `${candidate?.address}:${candidate?.port}`;
  };
  assert.equal(place(), '127.0.0.1:9080');
  table.setApplication(9080, '127.0.0.1', 3456);
  assert.equal(place(), '127.0.0.1:3456');
});

test('a sidecar is sent plaintext only for the ports that its plaintext listener stands for', () => {
  const tls = { mode: 'mesh', sni: 'outbound_.9080_._.reviews', sans: [] } as unknown as Cluster['tls'];
  const other = { ports: [[81, 15006]] as const, plaintextPorts: [9080] };
  const cases: readonly (readonly [string, boolean, Cluster['tls'], Partial<Endpoint>, number, boolean])[] = [
    ['first port, plaintext cluster', false, { mode: 'none' }, {}, 9080, true],
    ['other port, plaintext cluster', false, { mode: 'none' }, other, 81, false],
    ['other port, mesh TLS', false, tls, other, 81, true],
    ['other port, mesh TLS over a transport without it', true, tls, other, 81, false],
    ['first port, mesh TLS over a transport without it', true, tls, {}, 9080, true],
    ['other port, no sidecar', true, tls, { ...other, mesh: false }, 81, true],
    ['a record that does not say', false, { mode: 'none' }, { plaintextPorts: [] }, 9080, false],
  ];
  for (const [what, plaintext, mode, more, port, reached] of cases) {
    const table = new EndpointTable({ plaintext });
    table.update(record(1, endpoint('a', 'v1', more)));
    const cluster: Cluster = { ...testCluster(), port, tls: mode };
    assert.deepEqual(instances(table, cluster), reached ? ['a'] : [], what);
  }
});

test('a transport that signs requests reaches any port of a sidecar with an edge, others as before', () => {
  const table = new EndpointTable({ plaintext: true, edge: true });
  const edge = { host: 'localhost', port: 15008 };
  const second = endpoint('b', 'v1', { plaintextPorts: [] });
  table.update(record(1, endpoint('a', 'v1', { plaintextPorts: [], edge }), second, endpoint('c', 'v1')));
  const found = table.resolve(meshCluster('reviews'), '').candidates;
  assert.deepEqual(
    found.map(({ instance, address, port }) => [instance, address, port]),
    [
      ['a', 'localhost', 15008],
      ['c', '10.0.0.1', 19080],
    ],
  );
  const none = { ...testCluster(), name: 'none' };
  assert.deepEqual(instances(table, none), ['c'], 'where no mutual TLS is wanted nothing is signed');
});
