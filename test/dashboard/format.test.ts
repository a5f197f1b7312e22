import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAgo,
  formatLatency,
  formatMoment,
  formatNumber,
  formatRate,
  formatShare,
  formatSpan,
} from '../../dashboard/format.ts';

const table = <T>(format: (value: T) => string, cases: readonly (readonly [T, string])[]) => {
  for (const [value, text] of cases) assert.equal(format(value), text, String(value));
};

test('numbers are short', () => {
  table(formatNumber, [
    [0, '0'],
    [0.01, '<0.1'],
    [0.06, '0.1'],
    [1, '1'],
    [9.94, '9.9'],
    [9.96, '10'],
    [999, '999'],
    [999.6, '1k'],
    [3141, '3.1k'],
    [31_415, '31k'],
    [3_141_592, '3.1M'],
  ]);
  assert.equal(formatRate(12.4), '12/s');
});

test('a trace of errors never looks like none, nor a trace of success', () => {
  table(formatShare, [
    [0, '0 %'],
    [0.0001, '<0.1 %'],
    [0.021, '2.1 %'],
    [0.5, '50 %'],
    [0.99999, '>99.9 %'],
    [1, '100 %'],
  ]);
});

test('latencies are in ms, then in s', () => {
  table(formatLatency, [
    [0, '0 ms'],
    [0.8, '0.8 ms'],
    [48.4, '48 ms'],
    [999.7, '1 s'],
    [1240, '1.2 s'],
    [12_400, '12 s'],
  ]);
});

test('spans name their largest unit and the next', () => {
  table(formatSpan, [
    [0, '0 s'],
    [1500, '1 s'],
    [90_000, '1 min 30 s'],
    [3_600_000, '1 h'],
    [86_399_000, '23 h 59 min'],
    [90_000_000, '1 d 1 h'],
  ]);
  assert.equal(formatAgo(1000, 1500), 'just now');
  assert.equal(formatAgo(0, 200_000), '3 min ago');
});

test('moments are in UTC', () => {
  table(formatMoment, [
    [0, '1970-01-01 00:00:00 UTC'],
    [Number.NaN, 'unknown'],
  ]);
});
