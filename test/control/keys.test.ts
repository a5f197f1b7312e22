import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadSealKey, loadSigningKey } from '../../control/keys.ts';
import { generateSigningJwk, publicJwk, thumbprint } from '../../src/snapshot/signing-key.ts';
import { testPorts } from '../support/identity-mesh.ts';

const { random } = testPorts();
const secret = () => ({ kind: 'secret', secret: random.bytes(32) }) as const;

function directory(texts = new Map<string, string>()) {
  return {
    texts,
    once: async (name: string, make: () => Promise<string>) => {
      const text = texts.get(name) ?? (await make());
      texts.set(name, text);
      return text;
    },
    write: (name: string, text: string) => void texts.set(name, text),
  };
}

describe('control’s own keys', () => {
  test('are wrapped by the KEK, opened again, and show their public part alone', async () => {
    const [state, kek] = [directory(), secret()];
    const parts = { state, kek, random };
    const [first, seal] = [await loadSigningKey(parts), await loadSealKey(parts)];
    const stored = JSON.parse(state.texts.get('signing-key.json') ?? '');
    assert.equal(stored.d, undefined);
    assert.equal(await thumbprint(publicJwk(stored)), first.key.thumbprint);
    assert.ok(![...state.texts.values()].some((text) => text.includes(seal)));
    assert.equal((await loadSigningKey(parts)).key.thumbprint, first.key.thumbprint);
    assert.equal(await loadSealKey(parts), seal);
  });

  test('that lay in the clear are wrapped', async () => {
    const jwk = await generateSigningJwk();
    const state = directory();
    state.write('signing-key.json', JSON.stringify(jwk));
    const sealKey = Buffer.from(random.bytes(32)).toString('base64url');
    state.write('secret-key', sealKey);
    const parts = { state, kek: secret(), random };
    assert.equal((await loadSigningKey(parts)).key.thumbprint, await thumbprint(publicJwk(jwk)));
    assert.equal(await loadSealKey(parts), sealKey);
    assert.ok(![...state.texts.values()].some((text) => text.includes(jwk.d) || text.includes(sealKey)));
    assert.equal((await loadSigningKey(parts)).key.thumbprint, await thumbprint(publicJwk(jwk)));
    assert.equal(await loadSealKey(parts), sealKey);
  });

  test('are not opened by another KEK, nor without one', async () => {
    const state = directory();
    await loadSigningKey({ state, kek: secret(), random });
    await loadSealKey({ state, kek: secret(), random });
    for (const load of [loadSigningKey, loadSealKey]) {
      await assert.rejects(load({ state, kek: secret(), random }), { code: 'key_wrap' });
      await assert.rejects(load({ state, kek: undefined, random }), /WEFT_CA_KEK/);
    }
  });

  test('lie in the clear beside a plug-in CA without a KEK', async () => {
    const parts = { state: directory(), kek: undefined, random };
    const { key } = await loadSigningKey(parts);
    const seal = await loadSealKey(parts);
    assert.equal((await loadSigningKey(parts)).key.thumbprint, key.thumbprint);
    assert.equal(await loadSealKey(parts), seal);
  });
});
