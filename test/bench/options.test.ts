import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseOptions, UsageError } from '../../bench/options.ts';
import { formatFigure, formatTable } from '../../bench/table.ts';

const names = ['codec', 'proxy'];

describe('the command line of the benchmarks', () => {
  const none = { name: undefined, quick: false, list: false, rounds: undefined, json: undefined, only: [''] };
  const good: [string, ReturnType<typeof parseOptions>][] = [
    ['', none],
    ['codec', { ...none, name: 'codec' }],
    ['all --quick', { ...none, name: 'all', quick: true }],
    ['proxy --list --only plain/,mtls/', { ...none, name: 'proxy', list: true, only: ['plain/', 'mtls/'] }],
    ['proxy --rounds 3', { ...none, name: 'proxy', rounds: 3 }],
    ['proxy --json a.json', { ...none, name: 'proxy', json: 'a.json' }],
  ];
  for (const [line, expected] of good) {
    test(`reads "${line}"`, () => {
      assert.deepEqual(parseOptions(line.split(' ').filter(Boolean), names), expected);
    });
  }

  for (const line of [
    'nobody',
    'codec proxy',
    '--fast',
    'codec --json',
    'codec --rounds 0',
    'codec --rounds many',
  ]) {
    test(`refuses "${line}"`, () => assert.throws(() => parseOptions(line.split(' '), names), UsageError));
  }
});

describe('the table of figures', () => {
  const row = { name: 'a', metric: 'time', unit: 'ns', median: 1234.5, min: 12.34, max: 20000 };

  test('stands in columns and shows where there is no peer', () => {
    const rows = [
      { ...row, peer: 'b', ratio: 1.456, bound: '≤ 1.5', verdict: 'pass' as const },
      { ...row, name: 'longer', peer: null, ratio: null, bound: null, verdict: null },
    ];
    assert.equal(
      formatTable(rows),
      [
        'name    metric  median   min    max  unit  ratio  peer  bound  verdict',
        'a       time      1235  12.3  20000  ns    1.46×  b     ≤ 1.5  pass',
        'longer  time      1235  12.3  20000  ns        –  –     –      –',
      ].join('\n'),
    );
  });

  const figures: [number, string][] = [
    [0.123, '0.12'],
    [9.876, '9.88'],
    [45.67, '45.7'],
    [678.9, '679'],
  ];
  for (const [value, expected] of figures) {
    test(`writes ${value} as ${expected}`, () => assert.equal(formatFigure(value), expected));
  }
});
