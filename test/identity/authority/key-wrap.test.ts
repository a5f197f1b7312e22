import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  openAuthority,
  parseAuthorityFile,
  sealAuthority,
} from '../../../src/identity/authority/authority-file.ts';
import { type KeyEncryptionKey, unwrapKey, wrapKey } from '../../../src/identity/authority/key-wrap.ts';
import { newRoot } from '../../../src/identity/authority/new-material.ts';
import { openRoot, parseRootFile, sealRoot } from '../../../src/identity/authority/root-file.ts';
import { coded, TRUST_DOMAIN, testAuthority, testPorts } from '../../support/identity-mesh.ts';

const { random } = testPorts();
const secret = (fill: number): KeyEncryptionKey => ({
  kind: 'secret',
  secret: new Uint8Array(32).fill(fill),
});
const passphrase = (text: string): KeyEncryptionKey => ({ kind: 'passphrase', passphrase: text });
const kek = passphrase('correct horse battery');

describe('a wrapped key', () => {
  for (const one of [secret(1), kek])
    test(`is opened by the same ${one.kind}, and shows nothing of itself`, async () => {
      const wrapped = await wrapKey('the key', 'label', one, random);
      assert.equal(await unwrapKey(wrapped, 'label', one), 'the key');
      assert.doesNotMatch(JSON.stringify(wrapped), /the key/);
      const again = await wrapKey('the key', 'label', one, random);
      assert.notEqual(again.sealed, wrapped.sealed);
    });

  test('is the same passphrase however its accents are composed', async () => {
    const wrapped = await wrapKey('k', 'l', passphrase('caf\u00e9 caf\u00e9 caf\u00e9'), random);
    assert.equal(await unwrapKey(wrapped, 'l', passphrase('cafe\u0301 cafe\u0301 cafe\u0301')), 'k');
  });

  test('is opened by nothing else', async () => {
    const wrapped = await wrapKey('the key', 'label', kek, random);
    const flipped = `${wrapped.sealed[0] === 'A' ? 'B' : 'A'}${wrapped.sealed.slice(1)}`;
    const bad: [string, typeof wrapped, string, KeyEncryptionKey][] = [
      ['another passphrase', wrapped, 'label', passphrase('correct horse batterY')],
      ['a secret', wrapped, 'label', secret(1)],
      ['another label', wrapped, 'other', kek],
      ['an altered text', { ...wrapped, sealed: flipped }, 'label', kek],
      ['another salt', { ...wrapped, salt: 'AAAA' }, 'label', kek],
      ['few iterations', { ...wrapped, iterations: 1 }, 'label', kek],
      ['endless iterations', { ...wrapped, iterations: 1e12 }, 'label', kek],
      ['no iterations', { ...wrapped, iterations: undefined }, 'label', kek],
    ];
    for (const [what, one, label, key] of bad)
      await assert.rejects(unwrapKey(one, label, key), coded('key_wrap'), what);
    await assert.rejects(
      unwrapKey(await wrapKey('k', 'l', secret(1), random), 'l', secret(2)),
      coded('key_wrap'),
    );
  });
});

describe('the file of an authority', () => {
  test('gives back what it was made of, without the root’s key', async () => {
    const material = (await testAuthority()).export();
    const json = JSON.stringify(await sealAuthority(material, secret(3), random));
    assert.doesNotMatch(json, /PRIVATE KEY/);
    const opened = await openAuthority(parseAuthorityFile(json), secret(3));
    assert.deepEqual(opened, { ...material, rootKeyPem: undefined });
    await assert.rejects(openAuthority(parseAuthorityFile(json), secret(4)), coded('key_wrap'));
  });

  test('is refused when it is something else, and its text is not told', () => {
    for (const text of ['', '{', '{"version":1}', '{"version":2}', '[]', '{"version":2,"secret":"hunter2"}'])
      assert.throws(() => parseAuthorityFile(text), coded('authority_material'), text);
    assert.throws(
      () => parseAuthorityFile('hunter2'),
      (error) => error instanceof Error && !error.message.includes('hunter2'),
    );
  });

  test('of a root gives back root and key, to its own passphrase and as a root alone', async () => {
    const root = await newRoot(TRUST_DOMAIN, testPorts());
    const json = JSON.stringify(await sealRoot(root, TRUST_DOMAIN, secret(5), random));
    assert.deepEqual(await openRoot(parseRootFile(json), secret(5)), root);
    await assert.rejects(openRoot(parseRootFile(json), secret(6)), coded('key_wrap'));
    assert.throws(() => parseRootFile('{}'), coded('authority_material'));
    const { rootKey } = parseRootFile(json);
    const file = await sealAuthority((await testAuthority()).export(), secret(5), random);
    await assert.rejects(openAuthority({ ...file, intermediateKey: rootKey }, secret(5)), coded('key_wrap'));
  });
});
