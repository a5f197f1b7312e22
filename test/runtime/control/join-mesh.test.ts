import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { evidenceOptions, evidenceSource } from '../../../src/runtime/control/evidence.ts';
import { joinMesh } from '../../../src/runtime/control/join-mesh.ts';
import { StateDirectory } from '../../../src/runtime/store/state-directory.ts';
import { systemRandom as random } from '../../../src/runtime/system.ts';
import { TrustKeeper } from '../../../src/snapshot/trust-keeper.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { ManualClock } from '../../support/scripted-transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-join-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const parts = {
  keepTrust: TrustKeeper.restore,
  clock: new ManualClock(),
  random,
  log: new RememberedLog(),
};
const membership = {
  ...{ control: 'http://127.0.0.1:1', mesh: 'weft', trustDomain: 'cluster.local', rootHash: '0'.repeat(64) },
  ...{ signingKeys: ['A'.repeat(43)], namespace: 'default', workload: 'a-v1', serviceAccount: 'a' },
};
const written = (name: string, value: unknown) => {
  writeFileSync(at(name), typeof value === 'string' ? value : JSON.stringify(value));
  return at(name);
};

describe('joining the mesh', () => {
  const refusals: readonly [string, () => Parameters<typeof joinMesh>[0], RegExp][] = [
    ['nothing', () => ({ join: undefined, state: undefined }), /no join bundle is given/],
    ['a file that is not there', () => ({ join: at('none'), state: undefined }), /there is no join bundle/],
    [
      'a bundle without a token and no other evidence',
      () => ({ join: written('m.json', membership), state: undefined }),
      /m\.json has no token, and there is nothing else to be attested with \(--attest-token-file FILE\)/,
    ],
    [
      'a state that holds no certificate any more',
      () => {
        const state = new StateDirectory(at('state'));
        state.write('identity.json', '{}');
        return { join: written('m.json', membership), state };
      },
      /a new join bundle is needed/,
    ],
    [
      'a file that is no bundle',
      () => ({ join: written('b.json', { ...membership, more: 1 }), state: undefined }),
      /unknown field "more"/,
    ],
  ];
  for (const [what, source, said] of refusals)
    test(`with ${what} says what is missing`, async () => {
      await assert.rejects(joinMesh(source(), parts), { message: said });
    });
});

describe('evidence', () => {
  test('of a file is read anew each time, without the line end', () => {
    const source = evidenceSource(evidenceOptions({ 'attest-token-file': at('token') }, {})) ?? assert.fail();
    assert.throws(source, /ENOENT/);
    written('token', 'one\n');
    assert.deepEqual(source(), { kind: 'token', token: 'one' });
    written('token', 'two');
    assert.deepEqual(source(), { kind: 'token', token: 'two' });
    written('token', ' \n');
    assert.throws(source, /is empty/);
    written('token', 'a'.repeat(16 * 1024 + 1));
    assert.throws(source, /is longer than 16384 bytes/);
  });

  test('is named in one way', () => {
    assert.deepEqual(evidenceOptions({}, { WEFT_TOKEN_FILE: 'a' }), { tokenFile: 'a', development: false });
    assert.equal(evidenceSource(evidenceOptions({}, {})), undefined);
    assert.deepEqual(evidenceSource(evidenceOptions({ 'attest-development': true }, {}))?.(), {
      kind: 'development',
    });
    const both = { 'attest-token-file': 'a', 'attest-development': true };
    assert.throws(() => evidenceOptions(both, {}), /two ways to an identity/);
  });
});
