import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counts, type OutputKind, readCounts } from './counts.ts';
import { mergeResults, type Result } from './results.ts';

const ESC = String.fromCharCode(27);

const cases: [string, OutputKind, string, boolean, Counts][] = [
  ['node, all passed', 'node-test', 'ℹ tests 3\nℹ pass 3\nℹ fail 0\n', true, { passed: 3, failed: 0 }],
  ['node, TAP', 'node-test', '# pass 3\n# fail 1\n', false, { passed: 3, failed: 1 }],
  [
    'node, coloured',
    'node-test',
    `${ESC}[34mℹ pass 3${ESC}[39m\n${ESC}[34mℹ fail 0${ESC}[39m\n`,
    true,
    { passed: 3, failed: 0 },
  ],
  [
    'node, exit code without a failed test',
    'node-test',
    'ℹ pass 3\nℹ fail 0\n',
    false,
    { passed: 3, failed: 1 },
  ],
  ['node, cut off', 'node-test', 'ℹ tests', false, { passed: 0, failed: 1 }],
  [
    'deno with steps',
    'deno-test',
    'FAILED | 60 passed (429 steps) | 1 failed (12 steps) (3s)',
    false,
    { passed: 489, failed: 13 },
  ],
  [
    'deno, all passed',
    'deno-test',
    'ok | 60 passed (1 step) | 0 failed (3s)',
    true,
    { passed: 61, failed: 0 },
  ],
  ['deno without steps', 'deno-test', 'ok | 60 passed | 0 failed (3s)', true, { passed: 60, failed: 0 }],
  ['bun', 'bun-test', ' 467 pass\n 12 fail\nRan 479 tests', false, { passed: 467, failed: 12 }],
  ['bun without a summary', 'bun-test', '', true, { passed: 0, failed: 1 }],
  ['a command that succeeds', 'exit-code', '', true, { passed: 1, failed: 0 }],
  ['a command that fails', 'exit-code', 'ℹ pass 3', false, { passed: 0, failed: 1 }],
];

for (const [what, kind, output, succeeded, expected] of cases) {
  test(`counts of ${what}`, () => assert.deepEqual(readCounts(kind, output, succeeded), expected));
}

test('a new result replaces the older one of its step, and a step that is gone leaves', () => {
  const result = (name: string, passed: number): Result => ({
    name,
    command: name,
    passed,
    failed: 0,
    seconds: 1,
    date: '2026-11-23T00:00:00.000Z',
    figures: null,
  });
  const merged = mergeResults(
    [result('a', 1), result('gone', 1)],
    [result('b', 2), result('a', 2)],
    ['b', 'c', 'a'],
  );
  assert.deepEqual(merged, [result('b', 2), result('a', 2)]);
});
