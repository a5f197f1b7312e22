import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { allocate } from '../../../src/config/compile/virtual-addresses.ts';
import { parseAddress } from '../../../src/match/address.ts';
import { isAllocated, SLOTS } from '../../../src/match/allocated-address.ts';

const hosts = (count: number) =>
  Array.from({ length: count }, (_, i) => `service-${i}.default.svc.cluster.local`);

describe('virtual addresses', () => {
  test('are one IPv4 and one IPv6 of the ranges of Istio, and no two hosts share one', () => {
    const made = allocate(hosts(20_000));
    const seen = new Set<string>();
    for (const addresses of made.values()) {
      assert.equal(addresses.length, 2);
      for (const address of addresses) {
        assert.ok(isAllocated(address), address);
        assert.equal(seen.has(address), false);
        seen.add(address);
      }
      const [four, six] = addresses.map(parseAddress);
      assert.deepEqual(six?.slice(-2), four?.slice(-2));
      assert.ok(four?.[3] !== 0 && four?.[3] !== 255);
    }
    assert.equal(seen.size, 40_000);
  });

  test('stay as they are when hosts come that do not collide', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.domain(), { maxLength: 8 }), fc.domain(), (some, more) => {
        const [before, after] = [allocate(some), allocate([...some, more])];
        for (const host of some) assert.deepEqual(after.get(host), before.get(host));
      }),
    );
  });

  test('run out, and then hosts have none', () => {
    const made = allocate(hosts(SLOTS + 3));
    assert.equal(made.size, SLOTS);
    assert.equal(new Set([...made.values()].map(([four]) => four)).size, SLOTS);
  });

  for (const [address, expected] of [
    ['240.240.0.1', true],
    ['240.240.255.254', true],
    ['::ffff:240.240.0.1', true],
    ['240.241.0.1', false],
    ['10.96.0.1', false],
    ['2001:2::f0f0:1', true],
    ['2001:2:1::1', false],
    ['reviews', false],
  ] as const)
    test(`${address} is ${expected ? '' : 'not '}one`, () => assert.equal(isAllocated(address), expected));
});
