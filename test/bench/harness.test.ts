import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cpuBetween } from '../../bench/cpu-time.ts';
import { type Comparison, compare, isWanted, median, type Row, roundRatios } from '../../bench/harness.ts';

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
  const scripted = (name: string, values: readonly (number | Error)[], order: string[] = []) => {
    const left = [...values];
    return {
      name,
      sample: async () => {
        order.push(name);
        const value = left.shift() ?? Number.NaN;
        if (value instanceof Error) throw value;
        return value;
      },
    };
  };
  const told = async (comparison: Partial<Comparison> & Pick<Comparison, 'sides'>, rounds?: number) => {
    const rows: Row[] = [];
    const failures: string[] = [];
    await compare(
      { metric: 'time', unit: 'ns', rounds: 3, ...comparison },
      {
        rounds,
        progress: () => undefined,
        completed: (some) => rows.push(...some),
        failed: (name, why) => failures.push(`${name}: ${why}`),
      },
    );
    return { rows, failures };
  };

  test('takes the sides in turn, round by round', async () => {
    const order: string[] = [];
    await told({ sides: [scripted('a', [1, 1, 1], order), scripted('b', [1, 1, 1], order)] });
    assert.equal(order.join(''), 'ababab');
  });

  test('takes as many rounds as it is told', async () => {
    const order: string[] = [];
    await told({ sides: [scripted('a', [1, 1], order)] }, 2);
    assert.equal(order.join(''), 'aa');
  });

  test('gives the median of the ratios, not the ratio of the medians', async () => {
    const sides = [{ ...scripted('a', [10, 40, 30]), peer: 'b' }, scripted('b', [10, 10, 20])];
    const { rows } = await told({ sides });
    assert.deepEqual(rows, [
      { name: 'a', metric: 'time', unit: 'ns', median: 30, min: 10, max: 40, peer: 'b', ratio: 1.5 },
      { name: 'b', metric: 'time', unit: 'ns', median: 10, min: 10, max: 20, peer: null, ratio: null },
    ]);
  });

  test('leaves the samples out that only warm', async () => {
    const { rows } = await told({ sides: [scripted('a', [900, 900, 1, 2, 3])], warmups: 2 });
    assert.deepEqual([rows[0]?.median, rows[0]?.max], [2, 3]);
  });

  test('with a peer that is no side of it is refused', async () => {
    const sides = [{ ...scripted('a', [1]), peer: 'nobody' }];
    await assert.rejects(told({ sides }), RangeError);
  });

  test('leaves a side out that cannot be measured, and goes on', async () => {
    const order: string[] = [];
    const broken = scripted('b', [1, new Error('2 of 10 requests failed')], order);
    const { rows, failures } = await told({
      sides: [{ ...scripted('a', [1, 2, 3], order), peer: 'b' }, broken],
    });
    assert.deepEqual(failures, ['b: 2 of 10 requests failed']);
    assert.equal(order.join(''), 'ababa');
    assert.deepEqual(
      rows.map(({ name, median, peer, ratio }) => [name, median, peer, ratio]),
      [['a', 2, null, null]],
    );
  });

  test('of which nothing is left tells no rows', async () => {
    const { rows } = await told({ sides: [scripted('a', [new Error('gone')])] });
    assert.deepEqual(rows, []);
  });
});

describe('a row', () => {
  const cases: [string, readonly string[], boolean][] = [
    ['plain/bun', [''], true],
    ['plain/bun', ['plain/'], true],
    ['plain-10k/bun', ['plain/'], false],
    ['mtls/bun', ['plain/', 'mtls/bun'], true],
    ['mtls/deno', ['plain/', 'mtls/bun'], false],
  ];
  for (const [name, only, expected] of cases) {
    test(`${name} is ${expected ? '' : 'not '}asked for by "${only.join(',')}"`, () => {
      assert.equal(isWanted(name, { only }), expected);
    });
  }
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
