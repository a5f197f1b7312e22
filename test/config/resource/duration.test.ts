import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { duration, durationOrZero } from '../../../src/config/resource/duration.ts';
import { parseDuration } from '../../../src/config/resource/parse-duration.ts';

const cases: readonly (readonly [text: string, ms: number | undefined])[] = [
  ['0', 0],
  ['0s', 0],
  ['10s', 10_000],
  ['1.5s', 1500],
  ['0.3s', 300],
  ['100ms', 100],
  ['1h30m', 5_400_000],
  ['1m1ms', 60_001],
  ['500us', 0.5],
  ['10', undefined],
  ['s', undefined],
  ['-1s', undefined],
  ['1 s', undefined],
  ['1d', undefined],
  ['', undefined],
];
for (const [text, ms] of cases) {
  test(`"${text}" is ${ms ?? 'no duration'}`, () => assert.equal(parseDuration(text), ms));
}

test('hours, minutes, seconds and milliseconds add up', () => {
  const part = fc.nat({ max: 10_000 });
  fc.assert(
    fc.property(part, part, part, part, (h, m, s, ms) => {
      assert.equal(parseDuration(`${h}h${m}m${s}s${ms}ms`), ((h * 60 + m) * 60 + s) * 1000 + ms);
    }),
  );
});

test('fields want whole milliseconds of at least one, and some take 0s', () => {
  assert.equal(duration.safeParse('0s').success, false);
  assert.equal(duration.safeParse('500us').success, false);
  assert.equal(duration.safeParse('1.5ms').success, false);
  assert.equal(duration.parse('1ms'), 1);
  assert.equal(durationOrZero.parse('0s'), 0);
});
