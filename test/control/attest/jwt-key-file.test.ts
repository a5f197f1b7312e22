import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JwtAuthority } from '../../../control/attest/jwt-authority.ts';
import { JwtKeyFile } from '../../../control/attest/jwt-key-file.ts';
import { parseSpiffeId } from '../../../src/identity/spiffe.ts';
import { NOON, testPorts } from '../../support/identity-mesh.ts';

const { random } = testPorts();
const secret = () => ({ kind: 'secret', secret: random.bytes(32) }) as const;

function directory() {
  const texts = new Map<string, string>();
  return {
    texts,
    read: (name: string) => texts.get(name),
    write: (name: string, text: string) => void texts.set(name, text),
  };
}

describe('the file of the keys of JWT-SVIDs', () => {
  const id = parseSpiffeId('spiffe://cluster.local/ns/default/sa/a');
  const open = (file: JwtKeyFile) =>
    JwtAuthority.open({ file, roots: () => '', clock: { now: () => NOON }, random });
  const kidOf = async (authority: JwtAuthority) =>
    JSON.parse(atob((await authority.issue(id, 'db', 60_000)).token.split('.')[0] ?? '')).kid;

  test('is wrapped as the authority’s keys are, and opened again', async () => {
    const [state, kek] = [directory(), secret()];
    const first = await open(new JwtKeyFile({ state, kek, random }));
    const [text = ''] = state.texts.values();
    assert.ok(!text.includes('"d"') && text.includes('sealed'));
    assert.equal(await kidOf(await open(new JwtKeyFile({ state, kek, random }))), await kidOf(first));
  });

  test('is not opened by another KEK, nor are keys in the clear taken for wrapped ones', async () => {
    const state = directory();
    await open(new JwtKeyFile({ state, kek: secret(), random }));
    await assert.rejects(new JwtKeyFile({ state, kek: secret(), random }).read(), { code: 'key_wrap' });
    const plain = directory();
    await open(new JwtKeyFile({ state: plain, kek: undefined, random }));
    await assert.rejects(new JwtKeyFile({ state: plain, kek: secret(), random }).read(), {
      name: 'ShapeError',
    });
  });
});
