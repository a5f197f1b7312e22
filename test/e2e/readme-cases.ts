import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { RunningMesh } from '../support/running-mesh.ts';

const readme = readFileSync('README.md', 'utf8');
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);
const scripts: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).scripts;

/** Commands that are themselves what runs this test, or that boot what it boots. */
const elsewhere = new Set([
  'npm start',
  'npm test',
  'npm run check',
  'npm run conformance -- --data ../shared/conformance',
]);

/** Every command of the README, typed as it stands there. */
export function readmeCases(mesh: () => RunningMesh): void {
  describe('the README', () => {
    test('has its commands in blocks', () => assert.ok(commands.length >= 12, String(commands.length)));

    for (const command of commands.filter((line) => !elsewhere.has(line))) {
      test(command, () => {
        const line = command.replaceAll('http://127.0.0.1:8080', mesh().gateway);
        const env = { ...process.env, WEFT_STATE: mesh().state };
        const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { env, encoding: 'utf8' });
        assert.equal(status, 0, stderr);
        assert.ok(stdout.trim().length > 0, 'it prints something');
      });
    }

    test('names scripts of the package in its other commands', () => {
      const named = [...elsewhere].map((line) => line.replace(/^npm (run )?/, '').split(' ')[0] ?? '');
      assert.deepEqual(
        named.filter((name) => scripts[name] === undefined),
        [],
      );
    });
  });
}
