import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { textDiff } from '../../../control/history/text-diff.ts';

const lines = (...list: string[]): string => list.map((line) => `${line}\n`).join('');
const twelve = Array.from({ length: 12 }, (_, index) => `line ${index}`);

describe('the diff of two texts', () => {
  for (const [what, before, after, diff] of [
    ['equal texts', 'a\nb\n', 'a\nb\n', ''],
    ['a new text', '', 'a\nb\n', '@@ -0,0 +1,2 @@\n+a\n+b'],
    ['a text that is gone', 'a\n', '', '@@ -1,1 +0,0 @@\n-a'],
    ['a changed line', 'a\nb\nc\n', 'a\nB\nc\n', '@@ -1,3 +1,3 @@\n a\n-b\n+B\n c'],
    [
      'changes far from each other',
      lines(...twelve),
      lines('first', ...twelve.slice(0, -1)),
      '@@ -1,3 +1,4 @@\n+first\n line 0\n line 1\n line 2\n@@ -9,4 +10,3 @@\n line 8\n line 9\n line 10\n-line 11',
    ],
  ] as const) {
    test(`of ${what}`, () => assert.equal(textDiff(before, after), diff));
  }

  test('makes the new text of the old one in the hands of patch', (context) => {
    if (spawnSync('patch', ['--version']).status !== 0) return context.skip('patch is not installed');
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })
      .map((list) => lines(...list));
    const folder = mkdtempSync(join(tmpdir(), 'weft-diff-'));
    const file = join(folder, 'text');
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = textDiff(before, after);
        if (diff === '') return assert.equal(before, after);
        writeFileSync(file, before);
        const input = `--- text\n+++ text\n${diff}\n`;
        const { status, stderr } = spawnSync('patch', ['-s', '--posix', file], { input, encoding: 'utf8' });
        assert.equal(status, 0, stderr);
        assert.equal(after === '' ? '' : readFileSync(file, 'utf8'), after);
        writeFileSync(file, '');
      }),
      { numRuns: 60 },
    );
    rmSync(folder, { recursive: true });
  });

  test('of long texts that have nothing in common is made in little time', () => {
    const many = (mark: string) => lines(...Array.from({ length: 20_000 }, (_, index) => `${mark}${index}`));
    assert.ok(textDiff(many('a'), many('b')).startsWith('@@ -1,20000 +1,20000 @@'));
  });
});
