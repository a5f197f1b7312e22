import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BucketTable } from '../../../src/proxy/limits/bucket-table.ts';
import { takeToken, tokenRate, waitForToken } from '../../../src/proxy/limits/token-bucket.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const rates = fc.record({
  intervalMs: fc.integer({ min: 1, max: 5000 }),
  burst: fc.integer({ min: 1, max: 50 }),
});
const pauses = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })), { maxLength: 200 });

/** A bucket as everybody draws it: parts of tokens that drip in, one that is taken. In whole ms, so that nothing is rounded. */
class PlainBucket {
  readonly #intervalMs: number;
  readonly #capacity: number;
  #level: number;
  #at: number;

  constructor(intervalMs: number, burst: number, now: number) {
    this.#intervalMs = intervalMs;
    this.#capacity = burst * intervalMs;
    this.#level = this.#capacity;
    this.#at = now;
  }

  /** What is there at a moment, in ms of dripping. */
  level(now: number): number {
    this.#level = Math.min(this.#capacity, this.#level + (now - this.#at));
    this.#at = now;
    return this.#level;
  }

  take(now: number): boolean {
    if (this.level(now) < this.#intervalMs) return false;
    this.#level -= this.#intervalMs;
    return true;
  }

  missing(now: number): number {
    return this.#capacity - this.level(now);
  }
}

test('a bucket told by one number is a bucket that tokens drip into', () => {
  const property = fc.property(rates, pauses, fc.integer({ min: 0, max: 1e12 }), (rate, steps, start) => {
    const plain = new PlainBucket(rate.intervalMs, rate.burst, start);
    let now = start;
    let fullAt = 0;
    for (const step of steps) {
      now += step;
      const taken = takeToken(fullAt, now, rate);
      fullAt = taken.fullAt;
      assert.equal(taken.granted, plain.take(now));
      assert.equal(taken.fullInMs, plain.missing(now));
      const wait = waitForToken(taken.fullInMs, rate);
      if (wait > 0) assert.equal(takeToken(fullAt, now + wait - 1, rate).granted, false);
      assert.equal(takeToken(fullAt, now + wait, rate).granted, true);
    }
  });
  fc.assert(property, { numRuns: propertyRuns(2000) });
});

test('fractions of a millisecond cost and give no token', () => {
  const any = fc.record({
    requests: fc.integer({ min: 1, max: 5000 }),
    periodMs: fc.integer({ min: 1000, max: 8.64e7 }),
  });
  const property = fc.property(any, fc.integer({ min: 0, max: 1.9e12 }), ({ requests, periodMs }, now) => {
    const rate = tokenRate(requests, periodMs, requests);
    assert.ok(Math.abs(rate.intervalMs * requests - periodMs) <= requests / 4000);
    let fullAt = 0;
    let granted = 0;
    for (let i = 0; i < requests + 5; i++) {
      const taken = takeToken(fullAt, now, rate);
      fullAt = taken.fullAt;
      if (taken.granted) granted++;
    }
    assert.equal(granted, requests);
  });
  fc.assert(property, { numRuns: propertyRuns(200) });
});

test('a clock that steps back makes nobody wait longer than an empty bucket would', () => {
  const rate = { intervalMs: 1000, burst: 3 };
  const { fullAt } = takeToken(0, 1e12, rate);
  const back = takeToken(fullAt, 1e12 - 3_600_000, rate);
  assert.deepEqual([back.granted, back.fullInMs], [false, 3000]);
  assert.equal(takeToken(back.fullAt, 1e12 - 3_600_000 + 1000, rate).granted, true);
});

test('buckets of a table are apart, and few enough', () => {
  const takes = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 500 })), {
    maxLength: 300,
  });
  const property = fc.property(rates, takes, fc.integer({ min: 1, max: 20 }), (rate, asked, maxKeys) => {
    const table = new BucketTable(rate, maxKeys);
    /** The least recently used first. */
    let known: { key: string; bucket: PlainBucket }[] = [];
    let now = 0;
    for (const [number, step] of asked) {
      now += step;
      const key = `key-${number}`;
      const found =
        known.find((one) => one.key === key)?.bucket ?? new PlainBucket(rate.intervalMs, rate.burst, now);
      known = [...known.filter((one) => one.key !== key), { key, bucket: found }].slice(-maxKeys);
      assert.equal(table.take(key, now).granted, found.take(now));
      assert.equal(table.size, known.length);
    }
  });
  fc.assert(property, { numRuns: propertyRuns(500) });
});

test('long keys do not fill the memory', () => {
  const table = new BucketTable({ intervalMs: 1000, burst: 1 }, 10_000, 100_000);
  for (let i = 0; i < 1000; i++) table.take(`${i}${'x'.repeat(9_996)}`, 0);
  assert.equal(table.size, 10);
});
