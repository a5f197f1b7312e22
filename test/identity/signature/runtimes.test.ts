import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unstable_startWorker } from 'wrangler';

const run = promisify(execFile);
const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const script = at('test/support/signature-script.ts');
const JUDGED = /^2\d\d signatures judged$/;

for (const [name, args] of [
  ['node', [script]],
  ['deno', ['run', '-A', '--no-check', script]],
  ['bun', [script]],
] as const) {
  const program = at(`node_modules/.bin/${name}`);
  const skip = existsSync(program) ? false : `${name} is not here`;
  test(`requests are signed and judged alike under ${name}`, { skip }, async () => {
    const { stdout } = await run(program, [...args], { cwd: at('.') });
    assert.match(stdout.trim(), JUDGED);
  });
}

test('requests are signed and judged alike in workerd', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-signatures-'));
  const config = join(folder, 'wrangler.json');
  const main = at('test/support/signature-worker.ts');
  writeFileSync(config, JSON.stringify({ name: 'signatures', main, compatibility_date: '2026-08-04' }));
  const worker = await unstable_startWorker({ config, dev: { logLevel: 'none', watch: false } });
  try {
    const response = await worker.fetch('http://worker/');
    assert.match(await response.text(), JUDGED);
  } finally {
    await worker.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
});
