import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { missingThirdParty } from '../../support/third-party.ts';

const run = promisify(execFile);
const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const script = at('test/support/x509-script.ts');

for (const [name, args] of [
  ['node', [script]],
  ['deno', ['run', '-A', '--no-check', script]],
  ['bun', [script]],
] as const) {
  const program = at(`node_modules/.bin/${name}`);
  const skip = existsSync(program) ? missingThirdParty('x509-limbo.json') : `${name} is not here`;
  test(`${name} judges 952 signatures and 186 chains of others as they should be`, { skip }, async () => {
    const { stdout } = await run(program, [...args], { cwd: at('.') });
    assert.equal(stdout.trim(), '952 vectors, 186 chains, 0 wrong');
  });
}
