import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const script = at('test/support/identity-script.ts');

for (const [name, args] of [
  ['node', [script]],
  ['deno', ['run', '-A', '--no-check', script]],
  ['bun', [script]],
] as const) {
  const program = at(`node_modules/.bin/${name}`);
  const skip = existsSync(program) ? false : `${name} is not here`;
  test(`an identity lives its life under ${name}`, { skip }, async () => {
    const { stdout } = await run(program, [...args], { cwd: at('.') });
    assert.equal(stdout.trim(), 'identity ok');
  });
}
