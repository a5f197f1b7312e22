import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { compileMesh } from '../../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { parseResources } from '../../../src/config/parse.ts';
import type { ForwardAction, Route } from '../../../src/snapshot/route.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { targetName } from '../../../src/snapshot/target.ts';

const bookinfo = new URL('../../../../shared/conformance/bookinfo/', import.meta.url);
const skip = existsSync(bookinfo) ? false : 'third-party cases are not here';

const platform = ['platform/bookinfo.yaml'];
const rules = 'networking/destination-rule-all.yaml';

/** Compiles Istio's files for Bookinfo; none of them may have an error. */
function mesh(...files: readonly string[]): Snapshot[] {
  const parsed = files.map((file) => parseResources(readFileSync(new URL(file, bookinfo), 'utf8'), file));
  const resources = parsed.flatMap((part) => part.resources);
  const { snapshots, diagnostics } = compileMesh(resources, meshSettings);
  const all = [...parsed.flatMap((part) => part.diagnostics), ...diagnostics];
  assert.deepEqual(
    all.filter(({ severity }) => severity === 'error'),
    [],
  );
  return [...snapshots];
}

function snapshotOf(name: string, snapshots: readonly Snapshot[]): Snapshot {
  const found = snapshots.find(({ target }) => targetName(target) === name);
  assert.ok(found, name);
  return found;
}

/** The routes that a client on productpage follows for a service of the default namespace. */
function routesTo(service: string, snapshots: readonly Snapshot[]): readonly Route[] {
  const { outbound } = snapshotOf('sidecar/default/productpage-v1', snapshots);
  const hosts = outbound.find(({ port }) => port === 9080)?.virtualHosts ?? [];
  return hosts.find(({ domains }) => domains.includes(service))?.routes ?? [];
}

function shares({ action }: Route): [string, number][] {
  return (action as ForwardAction).destinations.map(({ cluster, weight }) => [cluster, weight]);
}

const version = (service: string, subset: string) =>
  `outbound|9080|${subset}|${service}.default.svc.cluster.local`;

describe('Bookinfo', { skip }, () => {
  test('alone: every sidecar listens on 9080 and reaches the four services', () => {
    const snapshots = mesh(...platform);
    assert.equal(snapshots.length, 7);
    for (const snapshot of snapshots.filter(({ target }) => target.kind === 'sidecar')) {
      assert.deepEqual(
        snapshot.inbound.map(({ port, protocol, mtls }) => [port, protocol, mtls]),
        [[9080, 'http', 'PERMISSIVE']],
      );
      assert.equal(snapshot.outbound[0]?.virtualHosts.length, 4);
    }
    assert.deepEqual(
      snapshotOf('gateway/istio-system/istio-ingressgateway', snapshots).gateway?.virtualHosts,
      [],
    );
  });

  test('bookinfo-gateway sends five paths of any host to productpage', () => {
    const snapshots = mesh(...platform, 'networking/bookinfo-gateway.yaml');
    const { gateway, clusters } = snapshotOf('gateway/istio-system/istio-ingressgateway', snapshots);
    assert.deepEqual(
      gateway?.virtualHosts.map(({ domains, routes }) => [domains, routes.length, routes[0]?.matches.length]),
      [[['*'], 1, 5]],
    );
    assert.deepEqual(
      clusters.map(({ name, tls }) => [name, tls.mode === 'mesh' && tls.sans]),
      [[version('productpage', ''), ['spiffe://cluster.local/ns/default/sa/bookinfo-productpage']]],
    );
  });

  const splits: [file: string, expected: [string, number][]][] = [
    [
      'virtual-service-reviews-80-20',
      [
        ['v1', 80],
        ['v2', 20],
      ],
    ],
    [
      'virtual-service-reviews-90-10',
      [
        ['v1', 90],
        ['v2', 10],
      ],
    ],
    [
      'virtual-service-reviews-50-v3',
      [
        ['v1', 50],
        ['v3', 50],
      ],
    ],
    [
      'virtual-service-reviews-v2-v3',
      [
        ['v2', 50],
        ['v3', 50],
      ],
    ],
    ['virtual-service-reviews-v3', [['v3', 100]]],
    ['virtual-service-all-v1', [['v1', 100]]],
  ];
  for (const [file, expected] of splits) {
    test(`${file} shares reviews out as ${JSON.stringify(expected)}`, () => {
      const snapshots = mesh(...platform, rules, `networking/${file}.yaml`);
      const [route, ...more] = routesTo('reviews', snapshots);
      assert.ok(route && more.length === 0);
      assert.deepEqual(
        shares(route),
        expected.map(([subset, weight]) => [version('reviews', subset), weight]),
      );
      const { clusters } = snapshotOf('sidecar/default/productpage-v1', snapshots);
      for (const [subset] of expected) {
        const cluster = clusters.find(({ name }) => name === version('reviews', subset));
        assert.deepEqual(cluster?.labels, [['version', subset]]);
      }
    });
  }

  test('virtual-service-reviews-test-v2 sends jason to v2 and everybody else to v1', () => {
    const snapshots = mesh(...platform, rules, 'networking/virtual-service-reviews-test-v2.yaml');
    const routes = routesTo('reviews.default.svc.cluster.local', snapshots);
    assert.deepEqual(routes.map(shares), [
      [[version('reviews', 'v2'), 100]],
      [[version('reviews', 'v1'), 100]],
    ]);
    assert.deepEqual(routes[0]?.matches, [
      { headers: [{ name: 'end-user', match: { kind: 'exact', value: 'jason' } }] },
    ]);
  });

  test('destination-rule-all-mtls keeps mesh TLS for every subset', () => {
    const snapshots = mesh(
      ...platform,
      'networking/destination-rule-all-mtls.yaml',
      'networking/virtual-service-all-v1.yaml',
    );
    const { clusters } = snapshotOf('sidecar/default/productpage-v1', snapshots);
    const subsets = clusters.filter(({ subset }) => subset !== '');
    assert.deepEqual([...new Set(subsets.map(({ tls }) => tls.mode))], ['mesh']);
  });
});
