import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { linkedChain } from '../../../src/identity/x509/linked-chain.ts';
import { type GoodMesh, goodMesh, goodRoot } from '../../support/bad-svid/bad-svid.ts';
import { coded } from '../../support/identity-mesh.ts';
import { caExtensions, type TestCertificate, testCertificate } from '../../support/test-certificate.ts';

describe('the path among the certificates of a handshake', () => {
  let mesh: GoodMesh;
  let other: TestCertificate;
  before(async () => {
    [mesh, other] = [await goodMesh(), await goodRoot()];
  });

  const linked = (...shown: readonly TestCertificate[]) => linkedChain(shown.map(({ der }) => der));
  const path = (...chain: readonly TestCertificate[]) => chain.map(({ der }) => der);

  test('is the leaf and its issuer, whatever else is there, in whatever order', () => {
    const { leaf, middle, root } = mesh;
    const good = path(leaf, middle);
    assert.deepEqual(linked(leaf, middle), good);
    assert.deepEqual(linked(leaf, middle, root), good);
    assert.deepEqual(linked(leaf, root, other, middle), good);
    assert.deepEqual(linked(leaf, leaf, middle, middle), good);
  });

  test('has no root, nor what is not linked to it', () => {
    const { leaf, middle, root } = mesh;
    assert.deepEqual(linked(leaf), path(leaf));
    assert.deepEqual(linked(leaf, root), path(leaf));
    assert.deepEqual(linked(middle, leaf), path(middle));
  });

  test('ends where names go in a circle', async () => {
    const make = (issuer: TestCertificate, subject: string) =>
      testCertificate({ issuer, subject, extensions: caExtensions() });
    const a = await make(mesh.root, 'CN=a');
    const b = await make(a, 'CN=b');
    const again = await make(b, 'CN=a');
    assert.deepEqual(linked(b, again, b), path(b, again, b));
  });

  test('passes over what cannot be read, but not a leaf', () => {
    const { leaf, middle } = mesh;
    const junk = { ...leaf, der: Uint8Array.of(0x30, 0x80) };
    assert.deepEqual(linked(leaf, junk, middle), path(leaf, middle));
    assert.throws(() => linked(junk, middle), coded('der_malformed'));
    assert.throws(() => linked(), coded('der_malformed'));
  });
});
