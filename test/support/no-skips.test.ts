import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const reporter = fileURLToPath(new URL('./no-skips.ts', import.meta.url));
const files = {
  whole: "test('runs', () => {});",
  skips: "test('waits', { skip: 'no data' }, () => {});\ntest('runs', () => {});",
  todo: "test('later', { todo: true }, () => {});",
  fails: "test('breaks', () => { throw new Error('broken'); });",
};

describe('a run of tests with the reporter', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'weft-no-skips-'));
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, `${name}.test.mjs`), `import { test } from 'node:test';\n${text}\n`);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  const cases: [keyof typeof files, string, number, RegExp][] = [
    ['whole', '', 0, /^$/],
    ['whole', 'true', 0, /^$/],
    ['skips', '', 0, /^not run: 1 skipped: no data\n$/],
    [
      'skips',
      'true',
      1,
      /^CI allows no skipped test:\n {2}✖ waits \(.*skips\.test\.mjs\) skipped: no data\n$/,
    ],
    ['todo', '', 0, /^not run: 1 todo\n$/],
    ['todo', 'true', 1, /✖ later \(.*\) todo\n$/],
    ['fails', '', 1, /^$/],
  ];
  for (const [name, ci, status, output] of cases) {
    test(`of "${name}" ${ci === '' ? 'at home' : 'in CI'} ends with ${status}`, () => {
      const { NODE_TEST_CONTEXT: _, ...outer } = process.env;
      const args = [
        '--no-warnings',
        '--test',
        `--test-reporter=${reporter}`,
        '--test-reporter-destination=stdout',
      ];
      const run = spawnSync(process.execPath, [...args, join(folder, `${name}.test.mjs`)], {
        encoding: 'utf8',
        env: { ...outer, CI: ci },
      });
      assert.match(run.stdout, output);
      assert.equal(run.status, status);
    });
  }
});
