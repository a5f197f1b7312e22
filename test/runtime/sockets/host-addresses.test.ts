import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DEFAULT_NAME_LIMITS,
  type FoundAddress,
  HostAddresses,
} from '../../../src/runtime/sockets/host-addresses.ts';

/** A clock and a lookup of the test's own. */
function scene(answer: (name: string) => FoundAddress[], limits = DEFAULT_NAME_LIMITS) {
  const time = { now: 0 };
  const asked: string[] = [];
  const lookup = async (name: string) => {
    asked.push(name);
    return answer(name);
  };
  return { time, asked, names: new HostAddresses(lookup, limits, () => time.now) };
}

const at = (address: string, ttlMs?: number): FoundAddress => ({ address, ttlMs });

describe('host addresses', () => {
  test('an answer lives as long as its shortest TTL, within bounds', async () => {
    const table: [(number | undefined)[], number][] = [
      [[10_000], 10_000],
      [[20_000, 10_000], 10_000],
      [[0], 1_000],
      [[86_400_000], 300_000],
      [[undefined], 30_000],
    ];
    for (const [ttls, life] of table) {
      const { names, asked, time } = scene(() => ttls.map((ttl, i) => at(`10.0.0.${i}`, ttl)));
      await names.resolve('a');
      time.now = life - 1;
      await names.resolve('a');
      assert.equal(asked.length, 1, String(ttls));
      time.now = life;
      await names.resolve('a');
      assert.equal(asked.length, 2, String(ttls));
    }
  });

  test('families take turns, IPv6 first, and another address is first every time', async () => {
    const all = ['10.0.0.1', '10.0.0.2', '::1', '10.0.0.3'].map((address) => at(address, 60_000));
    const { names } = scene(() => all);
    assert.deepEqual(await names.resolve('a'), ['::1', '10.0.0.1', '10.0.0.2', '10.0.0.3']);
    assert.deepEqual(await names.resolve('a'), ['::1', '10.0.0.2', '10.0.0.3', '10.0.0.1']);
  });

  test('a name is asked for once at a time, and again after a failure was believed for a while', async () => {
    let failing = true;
    const { names, asked, time } = scene(() => {
      if (failing) throw new Error('SERVFAIL');
      return [at('10.0.0.1')];
    });
    const both = await Promise.allSettled([names.resolve('a'), names.resolve('a')]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    time.now = 4_999;
    await assert.rejects(names.resolve('a'));
    assert.equal(asked.length, 1);
    failing = false;
    time.now = 5_000;
    assert.deepEqual(await names.resolve('a'), ['10.0.0.1']);
  });

  test('no address is a failure, and names are bounded', async () => {
    const { names, asked } = scene((name) => (name === 'none' ? [] : [at('10.0.0.1')]), {
      ...DEFAULT_NAME_LIMITS,
      names: 2,
    });
    await assert.rejects(names.resolve('none'), /no address of none/);
    for (const name of ['a', 'b', 'b', 'a', 'c', 'a']) await names.resolve(name);
    assert.deepEqual(asked, ['none', 'a', 'b', 'c', 'a']);
  });
});
