import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../support/source-tree.ts';

const faults = join(root, 'test', 'support', 'planted-faults.ts');
const main = join(root, 'cli', 'precheck', 'precheck-main.ts');

/** What the precheck finds in a Node with that fault. */
function found(fault: string): readonly string[] {
  const env = { ...process.env, WEFT_TEST_FAULT: fault };
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', faults, main], {
    env,
    encoding: 'utf8',
  });
  assert.notEqual(stdout, '', stderr);
  const { findings } = JSON.parse(stdout) as { findings: { what: string; fault: string }[] };
  return findings.filter((one) => one.fault !== '').map(({ what, fault: text }) => `${what}: ${text}`);
}

const planted: readonly (readonly [fault: string, what: readonly RegExp[]])[] = [
  ['', []],
  [
    'requestCert',
    [
      /shown to the server: the server was shown another, or none/,
      /without a certificate is kept out: 20 of 20 were let in/,
      /of another authority is kept out: 20 of 20/,
      /certificate is over is kept out: 20 of 20/,
      /old ones are kept out: it was let in/,
    ],
  ],
  [
    'rejectUnauthorized',
    [
      /without a certificate is kept out: 20 of 20/,
      /of another authority is kept out: 20 of 20/,
      /certificate is over is kept out: 20 of 20/,
      /old ones are kept out/,
    ],
  ],
  ['setSecureContext', [/those of the new ones let in/]],
  ['checkServerIdentity', [/asked for the server’s identity: asked 0 times/, /and its word counts/]],
  ['ca', [/server of another authority is not believed: 20 times it was/]],
];

describe('weft precheck', () => {
  for (const [fault, what] of planted) {
    test(fault === '' ? 'finds nothing in Node as it is' : `finds ${fault} that is not heeded`, () => {
      const findings = found(fault);
      for (const one of what)
        assert.ok(
          findings.some((text) => one.test(text)),
          `${one} in ${findings}`,
        );
      assert.equal(findings.length === 0, what.length === 0, findings.join('\n'));
    });
  }
});
