import assert from 'node:assert/strict';
import { tokenRate } from '../../src/proxy/limits/token-bucket.ts';
import type { RateLimitStore } from '../../src/runtime/ports.ts';

/** One demand on every store of limits; `name` makes names of buckets that nobody used. */
export interface LimitStoreCase {
  readonly name: string;
  run(store: RateLimitStore, name: (what: string) => string): Promise<void>;
}

const HOUR = 3_600_000;

/** What every store of limits must do. No case knows how long it takes. */
export const limitStoreCases: readonly LimitStoreCase[] = [
  {
    name: 'a bucket gives as many as it holds, and then none',
    async run(store, name) {
      const rate = { intervalMs: HOUR, burst: 3 };
      const taken = [];
      for (let i = 0; i < 5; i++) taken.push(await store.take(name('a'), rate));
      assert.deepEqual(
        taken.map(({ granted }) => granted),
        [true, true, true, false, false],
      );
      for (const [i, { fullInMs }] of taken.entries()) {
        const most = Math.min(i + 1, 3) * HOUR;
        assert.ok(fullInMs <= most && fullInMs > most - HOUR / 2, `${i}: ${fullInMs}`);
      }
    },
  },
  {
    name: 'buckets of other names are others, whatever is in a name',
    async run(store, name) {
      const rate = { intervalMs: HOUR, burst: 1 };
      const names = ['a', 'b', 'a b', 'a\r\nb', 'ä', '__proto__', '{a}', 'a*'].map(name);
      for (const one of names) assert.equal((await store.take(one, rate)).granted, true, one);
      for (const one of names) assert.equal((await store.take(one, rate)).granted, false, one);
    },
  },
  {
    name: 'of takes that race exactly as many are granted as there are tokens',
    async run(store, name) {
      const rate = { intervalMs: HOUR, burst: 10 };
      const taken = await Promise.all(Array.from({ length: 50 }, () => store.take(name('race'), rate)));
      assert.equal(taken.filter(({ granted }) => granted).length, 10);
    },
  },
  {
    name: 'a bucket whose tokens come in fractions of a millisecond holds as many as it says',
    async run(store, name) {
      const rate = tokenRate(7, HOUR, 7);
      let granted = 0;
      for (let i = 0; i < 9; i++) if ((await store.take(name('thirds'), rate)).granted) granted++;
      assert.equal(granted, 7);
    },
  },
  {
    name: 'tokens come back',
    async run(store, name) {
      const rate = { intervalMs: 20, burst: 1 };
      assert.equal((await store.take(name('back'), rate)).granted, true);
      for (;;) if ((await store.take(name('back'), rate)).granted) return;
    },
  },
];
