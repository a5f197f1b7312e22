import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ActiveSnapshot, activate } from '../../../src/proxy/activate.ts';
import type { Decision } from '../../../src/proxy/decide/decision.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { wholeSnapshot } from '../../../src/snapshot/whole-snapshot.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { type Sharded, sharded } from '../../support/sharded.ts';
import {
  buildCluster,
  buildConnection,
  buildRequest,
  buildRoute,
  buildVirtualHost,
  fixedInputs,
  forwardTo,
  gatewaySnapshot,
  prefix,
} from '../../support/snapshot.ts';

const label = fc.constantFrom('a', 'b', 'c', 'shop', 'x-1');
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const domain = fc.oneof(
  { weight: 5, arbitrary: name },
  { weight: 4, arbitrary: name.map((rest) => `*.${rest}`) },
  { weight: 1, arbitrary: fc.constant('*') },
  { weight: 1, arbitrary: name.map((upper) => upper.toUpperCase()) },
);
const host = fc.record({
  domains: fc.array(domain, { minLength: 1, maxLength: 3 }),
  routes: fc.array(fc.constantFrom('/', '/', '/a', '/a/b'), { maxLength: 3 }),
  cluster: fc.integer({ min: 0, max: 5 }),
});
const table = fc.array(host, { maxLength: 12 });
const request = fc.record({
  host: fc.oneof(
    { weight: 8, arbitrary: name },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', 'a.', '.a', 'a..b', 'elsewhere.test', 'a.b.c.shop.a.b.c.shop'),
    },
  ),
  port: fc.constantFrom('', ':80', ':8443'),
  path: fc.constantFrom('/', '/a', '/a/b/c', '/x'),
  gatewayPort: fc.constantFrom(80, 443, 8080),
});

describe('A sharded snapshot', () => {
  test('decides as the whole one does, with every host asked for once', async () => {
    let routed = 0;
    let runs = 0;
    const property = fc.asyncProperty(
      fc.tuple(table, table, table),
      fc.array(request, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(1, 2, 8),
      fc.boolean(),
      async (tables, requests, count, gatewayPorts) => {
        const snapshot = snapshotOf(tables);
        const parts = await sharded(snapshot, count);
        const whole = activate(snapshot, { gatewayPorts });
        const joined = activate(
          wholeSnapshot(
            parts.root,
            parts.shards.flatMap(({ shard }) => shard.hosts()),
          ),
          { gatewayPorts },
        );
        const active = activate(parts.root, { gatewayPorts, shards: parts.map });
        for (const one of requests) {
          const expected = decided(whole, one);
          assert.deepEqual(driven(active, parts, one), expected);
          assert.deepEqual(decided(joined, one), expected);
          assert.deepEqual(decided(active, one), expected, 'asked again for what was loaded');
          for (const { cluster } of expected.kind === 'forward' ? [expected] : [])
            assert.deepEqual(active.clusters.get(cluster), whole.clusters.get(cluster));
          runs++;
          if (expected.kind === 'forward') routed++;
        }
      },
    );
    await fc.assert(property, { numRuns: propertyRuns(1000) });
    assert.ok(routed > runs / 5, `only ${routed} of ${runs} requests were routed`);
  });
});

type Table = readonly (typeof host extends fc.Arbitrary<infer Host> ? Host : never)[];
type Call = typeof request extends fc.Arbitrary<infer One> ? One : never;

/** Cluster 5 is not there. */
function snapshotOf([everywhere, plain, tls]: readonly [Table, Table, Table]): Snapshot {
  const hosts = (hosts: Table) =>
    hosts.map(({ domains, routes, cluster }, i) =>
      buildVirtualHost(
        domains,
        routes.map((path, at) =>
          buildRoute(`${i}/${at}`, forwardTo([`outbound|80||s${cluster}`]), {
            matches: [{ path: prefix(path) }],
          }),
        ),
      ),
    );
  const clusters = [0, 1, 2, 3, 4].map((i) => buildCluster(`outbound|80||s${i}`));
  const snapshot = gatewaySnapshot(hosts(everywhere), clusters);
  const certificates = {
    mode: 'SIMPLE',
    certificateFile: '',
    privateKeyFile: '',
    caFile: '',
    subjectAltNames: [],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
  } as const;
  const tcp = [{ source: 'tcp', matches: [], destinations: [{ cluster: 'outbound|80||s1', weight: 1 }] }];
  return {
    ...snapshot,
    gateway: {
      ...(snapshot.gateway ?? { policies: [], virtualHosts: [] }),
      servers: [
        { protocol: 'HTTP', port: 80, virtualHosts: hosts(plain) },
        { protocol: 'TCP', port: 9000, source: 'tcp', tcpRoutes: tcp },
        {
          protocol: 'HTTPS',
          port: 443,
          source: 'tls',
          hosts: ['*'],
          tls: certificates,
          virtualHosts: hosts(tls),
        },
      ],
    } as NonNullable<Snapshot['gateway']>,
  };
}

function decided(active: ActiveSnapshot, { host, port, path, gatewayPort }: Call): Decision {
  const connection = buildConnection('gateway', { port: gatewayPort });
  return active.decide(buildRequest(`${host}${port}${path}`), connection, fixedInputs());
}

/** Loads what is asked for, as a driver does: shards, then endpoints. */
function driven(active: ActiveSnapshot, { shards }: Sharded, call: Call): Decision {
  const first = decided(active, call);
  if (first.kind !== 'ask') return first;
  assert.ok(first.need === 'snapshot' && first.wanted !== undefined);
  for (const number of first.wanted.shards) {
    const shard = shards[number];
    assert.ok(shard !== undefined && active.shards !== undefined);
    active.shards.add(number, shard);
  }
  for (const own of active.shards?.closed(first.wanted.host) ?? []) {
    active.shards?.compile(own);
    own.open = true;
  }
  return decided(active, call);
}
