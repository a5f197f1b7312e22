import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalBytes } from '../../src/snapshot/canonical-bytes.ts';
import { HostFilter } from '../../src/snapshot/host-filter.ts';
import { filterHash, shardHash } from '../../src/snapshot/host-hash.ts';
import { encodeShard, Shard, type ShardHost } from '../../src/snapshot/shard.ts';
import { buildShardIndex, ShardMap } from '../../src/snapshot/shard-index.ts';
import { sharded } from '../support/sharded.ts';
import { manyHosts } from '../support/sharded-gateway.ts';
import { buildRoute, buildVirtualHost, forwardTo } from '../support/snapshot.ts';

const { map, shards } = await sharded(manyHosts(40), 4);
const encoder = new TextEncoder();
const good = shards[1]?.bytes ?? new Uint8Array();
const text = new TextDecoder().decode(good);
const line = text.slice(text.indexOf('\n') + 1, text.indexOf('\n', text.indexOf('\n') + 1));

/** Everything a reader does with a shard. */
const readAll = (bytes: Uint8Array) => new Shard(bytes, 1, map).hosts();

function headed(hosts: unknown, ...lines: string[]): Uint8Array {
  const header = new TextDecoder().decode(canonicalBytes({ format: 1, hosts }));
  return encoder.encode([header, ...lines, ''].join('\n'));
}

const entry = (size: number, domains: readonly string[] = []) => ({ domains, listeners: [0], size });

describe('a shard', () => {
  test('gives back the virtual hosts that it was made of, with their clusters', () => {
    const host = buildVirtualHost(['*'], [buildRoute('r', forwardTo(['c']))]);
    const made: ShardHost = { listeners: [0, 3], host, clusters: [] };
    const one = new ShardMap(buildShardIndex(['0'.repeat(64)], ['*']));
    assert.deepEqual(new Shard(encodeShard([made]), 0, one).hosts(), [made]);
    assert.deepEqual(new Shard(encodeShard([]), 0, one).hosts(), []);
  });

  test('decodes a virtual host only when it is asked for', () => {
    const broken = good.with(good.length - 3, 0x21);
    const shard = new Shard(broken, 1, map);
    assert.ok(shard.host(0).host.name);
    assert.throws(() => shard.host(shard.entries.length - 1), { code: 'E_FORMAT' });
  });

  const refused: readonly (readonly [string, Uint8Array, string])[] = [
    ['no bytes', new Uint8Array(), 'E_FORMAT'],
    ['no line', good.slice(0, 40), 'E_FORMAT'],
    ['a line cut off', good.slice(0, -20), 'E_FORMAT'],
    ['bytes after the last line', encoder.encode(`${text}{}`), 'E_FORMAT'],
    ['a newer format', encoder.encode('{"format":2}\n'), 'E_READER_OLD'],
    ['a list that is not canonical', encoder.encode(text.replace('{', '{ ')), 'E_FORMAT'],
    ['an unknown member in the list', headed([{ ...entry(2), more: 1 }], '{}'), 'E_FORMAT'],
    ['a size below nothing', headed([entry(-1)], '{}'), 'E_FORMAT'],
    ['a size beyond the end', headed([entry(9000)], '{}'), 'E_FORMAT'],
    ['a virtual host without members', headed([entry(2)], '{}'), 'E_FORMAT'],
    [
      'an unknown member in a virtual host',
      headed([entry(line.length + 9)], `{"a":1,${line.slice(1)}  `),
      'E_FORMAT',
    ],
    ['another virtual host than the list says', headed([entry(line.length)], line), 'E_FORMAT'],
  ];
  for (const [name, bytes, code] of refused) {
    test(`is refused with ${name}`, () => {
      assert.throws(() => readAll(bytes), { code });
    });
  }

  test('is refused with a domain of another shard', () => {
    const stray = Array.from({ length: 40 }, (_, i) => `h${i}.test`).find((one) => map.shardOf(one) !== 1);
    assert.throws(() => readAll(headed([entry(2, [stray ?? ''])], '{}')), {
      code: 'E_FORMAT',
      message: /holds "h/,
    });
  });

  test('is refused, whatever its bytes are, by a SnapshotError and nothing else', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        try {
          readAll(good.with(at, byte));
        } catch (error) {
          assert.equal((error as Error).name, 'SnapshotError');
        }
      }),
    );
  });
});

describe('the index of shards', () => {
  const { shards: addresses, filter } = buildShardIndex(['0'.repeat(64), '1'.repeat(64)], ['a.test']);
  const broken: readonly (readonly [string, ConstructorParameters<typeof ShardMap>[0]])[] = [
    ['no shards', { shards: '', filter, wildcards: [] }],
    ['three shards', { shards: addresses + addresses.slice(0, 43), filter, wildcards: [] }],
    ['half an address', { shards: addresses.slice(0, 20), filter, wildcards: [] }],
    ['no filter', { shards: addresses, filter: '', wildcards: [] }],
    ['a filter that is no base64url', { shards: addresses, filter: '+/=!', wildcards: [] }],
    ['wildcards out of order', { shards: addresses, filter, wildcards: [1, 2] }],
    ['wildcards twice', { shards: addresses, filter, wildcards: [1, 1] }],
  ];
  for (const [name, index] of broken) {
    test(`is refused with ${name}`, () => {
      assert.throws(() => new ShardMap(index), { code: 'E_FORMAT' });
    });
  }
});

describe('the host filter', () => {
  test('lets every declared domain pass, and about one in a hundred of the others', () => {
    const hashes = (i: number, kind: string): readonly [number, number] => {
      const name = `shop-${i}.${kind}.example.com`;
      return [shardHash(name, 0, false), filterHash(name, 0, false)];
    };
    const domains = Array.from({ length: 20_000 }, (_, i) => hashes(i, 'declared'));
    const filter = HostFilter.build(domains);
    assert.ok(domains.every(([first, second]) => filter.has(first, second)));
    const others = Array.from({ length: 50_000 }, (_, i) => hashes(i, 'other'));
    const share = others.filter(([first, second]) => filter.has(first, second)).length / others.length;
    assert.ok(share > 0.002 && share < 0.012, `${share}`);
  });

  test('spreads domains evenly over shards', () => {
    const counts = new Array<number>(64).fill(0);
    for (let i = 0; i < 6400; i++) {
      const shard = shardHash(`shop-${i}.example.com`, 0, false) & 63;
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    assert.ok(Math.min(...counts) > 60 && Math.max(...counts) < 150, counts.join());
  });
});
