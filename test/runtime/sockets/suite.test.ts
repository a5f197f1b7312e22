import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCase } from './case.ts';
import { CASES } from './suite.ts';

const MAIN = fileURLToPath(new URL('suite-main.ts', import.meta.url));
const BIN = fileURLToPath(new URL('../../../node_modules/.bin/', import.meta.url));

interface CaseReport {
  readonly name: string;
  readonly error: string;
}

/** Runs the suite under another runtime. */
function reportsOf(command: string, args: readonly string[]): Promise<CaseReport[]> {
  return new Promise((resolve, reject) => {
    execFile(`${BIN}${command}`, [...args, MAIN], { timeout: 120_000 }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${error.message}\n${stderr}`));
      else
        resolve(
          stdout
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)),
        );
    });
  });
}

describe('sockets on node', () => {
  for (const one of CASES) test(one.name, () => runCase(one));
});

test('sockets on the other runtimes', async (t) => {
  const runs = { deno: reportsOf('deno', ['run', '-A']), bun: reportsOf('bun', []) };
  for (const [runtime, run] of Object.entries(runs)) {
    const reports = await run;
    assert.deepEqual(
      reports.map((report) => report.name),
      CASES.map((one) => one.name),
    );
    for (const { name, error } of reports) {
      await t.test(`${runtime}: ${name}`, () => assert.equal(error, ''));
    }
  }
});
