import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cpuBetween } from '../../bench/cpu-time.ts';
import { compare, median, roundRatios } from '../../bench/harness.ts';

describe('median', () => {
  const cases: [readonly number[], number][] = [
    [[7], 7],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
    [[5, 5, 1, 5], 5],
  ];
  for (const [values, expected] of cases) {
    test(`of ${values.join(', ')} is ${expected}`, () => assert.equal(median(values), expected));
  }

  test('has as many values below it as above it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        assert.ok(below <= values.length / 2 && above <= values.length / 2);
      }),
    );
  });

  test('leaves the order of the values alone', () => {
    const values = [3, 1, 2];
    median(values);
    assert.deepEqual(values, [3, 1, 2]);
  });

  test('of nothing is refused', () => assert.throws(() => median([]), RangeError));
});

describe('per-round ratios', () => {
  test('divide what was measured in the same round', () => {
    assert.deepEqual(roundRatios([10, 30, 8], [5, 10, 16]), [2, 3, 0.5]);
  });

  test('are refused for sides of different rounds', () => {
    assert.throws(() => roundRatios([1, 2], [1]), RangeError);
  });
});

describe('a comparison', () => {
  const silent = (): void => undefined;
  const scripted = (name: string, values: readonly number[], order: string[]) => {
    const left = [...values];
    return {
      name,
      sample: () => {
        order.push(name);
        return left.shift() ?? Number.NaN;
      },
    };
  };

  test('takes the sides in turn, round by round', async () => {
    const order: string[] = [];
    const sides = [scripted('a', [1, 1, 1], order), scripted('b', [1, 1, 1], order)];
    await compare({ metric: 'time', unit: 'ns', sides, rounds: 3 }, silent);
    assert.equal(order.join(''), 'ababab');
  });

  test('gives the median of the ratios, not the ratio of the medians', async () => {
    const sides = [{ ...scripted('a', [10, 40, 30], []), peer: 'b' }, scripted('b', [10, 10, 20], [])];
    const rows = await compare({ metric: 'time', unit: 'ns', sides, rounds: 3 }, silent);
    assert.deepEqual(rows, [
      { name: 'a', metric: 'time', unit: 'ns', median: 30, min: 10, max: 40, peer: 'b', ratio: 1.5 },
      { name: 'b', metric: 'time', unit: 'ns', median: 10, min: 10, max: 20, peer: null, ratio: null },
    ]);
  });

  test('with a peer that is no side of it is refused', async () => {
    const sides = [{ ...scripted('a', [1], []), peer: 'nobody' }];
    await assert.rejects(compare({ metric: 'time', unit: 'ns', sides, rounds: 1 }, silent), RangeError);
  });

  test('rejects when a side cannot be measured', async () => {
    const sides = [{ name: 'a', sample: () => Promise.reject(new Error('2 of 10 requests failed')) }];
    await assert.rejects(compare({ metric: 'time', unit: 'ns', sides, rounds: 1 }, silent), /2 of 10/);
  });
});

describe('CPU time between two readings', () => {
  test('counts threads that went on and threads that began, and not those that ended', () => {
    const before = new Map([
      ['1', 100],
      ['2', 5000],
    ]);
    const after = new Map([
      ['1', 160],
      ['3', 7],
    ]);
    assert.equal(cpuBetween(before, after), 67);
  });
});
