import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ShardedHosts } from '../../../src/proxy/decide/sharded-hosts.ts';
import { type Sharded, sharded } from '../../support/sharded.ts';
import { manyHosts } from '../../support/sharded-gateway.ts';

const count = 200;
const parts = await sharded(manyHosts(count), 16);
const { map } = parts;

/** Loads the shard of a host and opens it. */
function open(hosts: ShardedHosts, { shards }: Sharded, host: string): void {
  const number = map.shardOf(host);
  const shard = shards[number];
  assert.ok(shard);
  hosts.add(number, shard);
  for (const own of hosts.closed(host)) {
    hosts.compile(own);
    own.open = true;
  }
}

/** One host of every shard. */
function hostsOfShards(): string[] {
  const names = Array.from({ length: count }, (_, i) => `h${i}.test`);
  const byShard = new Map(names.map((name) => [map.shardOf(name), name]));
  return [...byShard.values()];
}

const stored = parts.shards.reduce((sum, { bytes }) => sum + bytes.length, 0);

describe('the hosts of a sharded snapshot', () => {
  test('stay within the bound however many are asked for, those used last', () => {
    const bound = stored;
    const hosts = new ShardedHosts(map, new Map(), undefined, bound);
    const names = hostsOfShards();
    const [first = ''] = names;
    for (let round = 0; round < 3; round++) {
      for (const name of names) {
        open(hosts, parts, name);
        hosts.table(0).find(first);
        assert.ok(hosts.cost <= bound, `${hosts.cost} of ${bound}`);
      }
    }
    assert.ok(hosts.loaded.size < map.count);
    assert.ok(hosts.loaded.has(map.shardOf(first)), 'it was used all the time');
    assert.ok(hosts.loaded.has(map.shardOf(names.at(-1) ?? '')), 'it was used last');
    assert.deepEqual(hosts.table(0).find('h1.test.elsewhere'), undefined);
  });

  test('holds one shard even if that is more than the bound', () => {
    const hosts = new ShardedHosts(map, new Map(), undefined, 1);
    for (const name of hostsOfShards()) open(hosts, parts, name);
    assert.equal(hosts.loaded.size, 1);
  });

  test('drops the clusters of a shard one drop later, so that requests under way find theirs', () => {
    const hosts = new ShardedHosts(map, new Map(), undefined, 1);
    const [a = '', b = '', c = ''] = hostsOfShards();
    const clusterOf = (name: string) => `outbound|80||s${name.slice(1, -5)}.default.svc.cluster.local`;
    open(hosts, parts, a);
    open(hosts, parts, b);
    assert.ok(hosts.clusters.has(clusterOf(a)) && hosts.clusters.has(clusterOf(b)));
    open(hosts, parts, c);
    assert.ok(!hosts.clusters.has(clusterOf(a)));
    assert.ok(hosts.clusters.has(clusterOf(b)) && hosts.clusters.has(clusterOf(c)));
  });

  test('keeps the endpoints of 256 hosts up to date, those used last', async () => {
    const many = await sharded(manyHosts(600), 2);
    const hosts = new ShardedHosts(many.map, new Map(), undefined);
    for (const [number, shard] of many.shards.entries()) hosts.add(number, shard);
    for (let i = 0; i < 300; i++) {
      for (const own of hosts.closed(`h${i}.test`)) {
        hosts.compile(own);
        own.open = true;
      }
      hosts.table(0).find(`h${i}.test`);
    }
    const inUse = hosts.inUse().flatMap(({ domains }) => domains);
    assert.deepEqual(
      inUse,
      Array.from({ length: 256 }, (_, i) => `h${299 - i}.test`),
    );
    const found = hosts.table(0).find('h3.test');
    assert.ok(found && 'kind' in found, 'it is asked for again');
  });
});
