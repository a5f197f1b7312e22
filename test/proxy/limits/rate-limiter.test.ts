import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Taking } from '../../../src/proxy/decide/decision.ts';
import { RateLimiter } from '../../../src/proxy/limits/rate-limiter.ts';
import type { Clock, RateLimitStore } from '../../../src/runtime/ports.ts';
import type { RateLimit } from '../../../src/snapshot/rate-limit.ts';
import { buildListener, buildSnapshot } from '../../support/snapshot.ts';

const base: RateLimit = {
  source: 'RateLimit/shop/api/limits/0',
  id: 'shop/api/all',
  name: 'all',
  rules: [],
  key: [],
  requests: 2,
  periodMs: 2000,
  burst: 2,
  scope: 'local',
  onBackendFailure: 'allow',
};
const other: RateLimit = { ...base, id: 'shop/api/other', requests: 1, burst: 1 };
const global: RateLimit = { ...base, id: 'shop/api/global', scope: 'global' };

function setUp(store?: RateLimitStore) {
  const time = { now: 0 };
  const warnings: unknown[] = [];
  const clock: Clock = { now: () => 0, monotonic: () => time.now, sleep: () => new Promise(() => undefined) };
  const log = {
    info: () => undefined,
    warn: (_: string, fields?: object) => warnings.push(fields),
    error: () => undefined,
  };
  const limiter = new RateLimiter({ store, clock, log });
  const take = async (...takings: readonly Taking[]) => (await limiter.take(takings)).kind;
  return { limiter, time, warnings, take };
}

const of = (limit: RateLimit, key = ''): Taking => ({ limit, key });

describe('limits of one proxy', () => {
  test('each key has a bucket, which fills with time', async () => {
    const { take, time } = setUp();
    assert.deepEqual(
      [await take(of(base, 'a')), await take(of(base, 'a')), await take(of(base, 'a'))],
      ['passed', 'passed', 'limited'],
    );
    assert.equal(await take(of(base, 'b')), 'passed');
    time.now = 999;
    assert.equal(await take(of(base, 'a')), 'limited');
    time.now = 1000;
    assert.equal(await take(of(base, 'a')), 'passed');
    assert.equal(await take(of(base, 'a')), 'limited');
  });

  test('what comes after a limit that refuses is not charged', async () => {
    const { take } = setUp();
    assert.equal(await take(of(other), of(base)), 'passed');
    for (let i = 0; i < 5; i++) assert.equal(await take(of(other), of(base)), 'limited');
    assert.equal(await take(of(base)), 'passed');
    assert.equal(await take(of(base)), 'limited');
  });

  test('buckets outlive a snapshot that has the limit, and go with the limit or its rate', async () => {
    const { take, limiter } = setUp();
    const snapshot = (limits: readonly RateLimit[]) =>
      buildSnapshot({ inbound: [{ ...buildListener(), limits }] });
    for (let i = 0; i < 2; i++) await take(of(base));
    const again = { ...base, source: 'RateLimit/shop/api/limits/3' };
    limiter.retain(snapshot([again]));
    assert.equal(await take(of(again)), 'limited');
    const wider = { ...base, burst: 4 };
    limiter.retain(snapshot([wider]));
    assert.equal(await take(of(wider)), 'passed');
    limiter.retain(snapshot([]));
    assert.equal(await take(of(base)), 'passed');
  });
});

describe('limits that proxies share', () => {
  test('the store gets no value of a request, and one bucket for each key and rate', async () => {
    const buckets: string[] = [];
    const store: RateLimitStore = {
      take: async (bucket) => {
        buckets.push(bucket);
        return { granted: true, fullInMs: 0 };
      },
    };
    const { take } = setUp(store);
    for (const key of ['secret', 'secret', 'other']) await take(of(global, key));
    await take(of({ ...global, requests: 3 }, 'secret'));
    assert.ok(
      buckets.every((bucket) => /^shop\/api\/global\/[0-9a-f]{64}$/.test(bucket)),
      buckets.join(' '),
    );
    assert.equal(buckets[0], buckets[1]);
    assert.equal(new Set(buckets).size, 3);
  });

  test('local limits are asked first, and spare the store', async () => {
    let asked = 0;
    const store: RateLimitStore = {
      take: async () => {
        asked++;
        return { granted: true, fullInMs: 0 };
      },
    };
    const { take } = setUp(store);
    for (let i = 0; i < 5; i++) await take(of(global), of(other));
    assert.equal(asked, 1);
  });

  test('without a store, or with one that fails, the limit says what happens; it is counted, and told once a minute', async () => {
    const failing: RateLimitStore = { take: () => Promise.reject(new Error('refused')) };
    for (const store of [undefined, failing]) {
      const { take, warnings, limiter, time } = setUp(store);
      assert.equal(await take(of(global)), 'passed');
      assert.equal(await take(of({ ...global, onBackendFailure: 'deny' })), 'unavailable');
      assert.equal(warnings.length, 1);
      time.now = 60_000;
      await take(of(global));
      assert.deepEqual(
        warnings.map((fields) => Object(fields).times),
        [1, 2],
      );
      const count = limiter.counts.find(({ result }) => result === 'error')?.count;
      assert.equal(count, 3);
    }
  });

  test('a store that does not answer is not waited for', async () => {
    const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const store: RateLimitStore = { take: () => new Promise(() => undefined) };
    const limiter = new RateLimiter({ store, clock, log });
    assert.equal((await limiter.take([of({ ...global, onBackendFailure: 'deny' })])).kind, 'unavailable');
  });
});
