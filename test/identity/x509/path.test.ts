import 'reflect-metadata';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { BasicConstraintsExtension, Extension } from '@peculiar/x509';
import { parseCertificate } from '../../../src/identity/x509/certificate.ts';
import { Purpose } from '../../../src/identity/x509/extensions.ts';
import { verifyPath } from '../../../src/identity/x509/path.ts';
import { goodId } from '../../support/bad-svid/bad-svid.ts';
import { coded, NOON } from '../../support/identity-mesh.ts';
import {
  caExtensions,
  leafExtensions,
  type TestCertificate,
  testCertificate,
} from '../../support/test-certificate.ts';

const unknown = new Extension('1.2.3.4', true, Uint8Array.of(5, 0));

describe('verifyPath', () => {
  let root: TestCertificate;
  let middle: TestCertificate;
  let leaf: TestCertificate;

  before(async () => {
    root = await testCertificate({ subject: 'CN=root', extensions: caExtensions(0) });
    middle = await testCertificate({ issuer: root, subject: 'CN=middle', extensions: caExtensions() });
    leaf = await testCertificate({ issuer: middle, extensions: leafExtensions(goodId) });
  });

  const verify = (path: readonly TestCertificate[], roots: readonly TestCertificate[], maxDepth?: number) =>
    verifyPath({
      path: path.map((one) => parseCertificate(one.der)),
      roots: roots.map((one) => parseCertificate(one.der)),
      now: NOON,
      purpose: Purpose.client,
      ...(maxDepth === undefined ? {} : { maxDepth }),
    });

  test('gives the root that a path leads to', async () => {
    const wide = await testCertificate({ subject: 'CN=root', extensions: caExtensions(1) });
    const inner = await testCertificate({ issuer: wide, subject: 'CN=inner', extensions: caExtensions(0) });
    const end = await testCertificate({ issuer: inner, extensions: leafExtensions(goodId) });
    assert.deepEqual((await verify([end, inner], [root, wide])).der, wide.der);
  });

  test('holds the path length of the root against it', async () => {
    await assert.rejects(verify([leaf, middle], [root]), coded('certificate_authority'));
  });

  test('does not count self-issued intermediates (RFC 5280 §4.2.1.9)', async () => {
    const again = await testCertificate({ issuer: root, subject: 'CN=root', extensions: caExtensions(0) });
    const end = await testCertificate({ issuer: again, extensions: leafExtensions(goodId) });
    await verify([end, again], [root], 0);
  });

  test('takes no more intermediates than it is told', async () => {
    const wide = await testCertificate({ subject: 'CN=wide', extensions: caExtensions() });
    const inner = await testCertificate({ issuer: wide, subject: 'CN=inner', extensions: caExtensions() });
    const end = await testCertificate({ issuer: inner, extensions: leafExtensions(goodId) });
    await verify([end, inner], [wide], 1);
    await assert.rejects(verify([end, inner], [wide], 0), coded('chain_length'));
  });

  test('takes four certificates with the root, and no fifth', async () => {
    const top = await testCertificate({ subject: 'CN=top', extensions: caExtensions() });
    const [path, roots] = [[top], [top]];
    for (const name of ['a', 'b', 'c']) {
      const [issuer = top] = path;
      path.unshift(await testCertificate({ issuer, subject: `CN=${name}`, extensions: caExtensions() }));
    }
    const [third = top, second = top, first = top] = path;
    const end = await testCertificate({ issuer: second, extensions: leafExtensions(goodId) });
    await verify([end, second, first], roots);
    const deep = await testCertificate({ issuer: third, extensions: leafExtensions(goodId) });
    await assert.rejects(verify([deep, third, second, first], roots), coded('chain_length'));
  });

  test('judges only the roots that the path leads to, and takes any that stands', async () => {
    const strange = await testCertificate({ subject: 'CN=b', extensions: [...caExtensions(), unknown] });
    const good = await testCertificate({ subject: 'CN=a', extensions: caExtensions() });
    const end = await testCertificate({ issuer: good, extensions: leafExtensions(goodId) });
    await verify([end], [strange, good]);
    const below = await testCertificate({ issuer: strange, extensions: leafExtensions(goodId) });
    await assert.rejects(verify([below], [strange, good]), coded('certificate_extension'));
  });

  const roots: [string, Extension[], string][] = [
    ['is no authority', [new BasicConstraintsExtension(false, undefined, true)], 'certificate_authority'],
    ['may not sign', [new BasicConstraintsExtension(true, undefined, true)], 'certificate_usage'],
    ['has an unknown critical extension', [...caExtensions(), unknown], 'certificate_extension'],
    ['has a purpose', [...caExtensions(), ...leafExtensions(goodId).slice(2)], 'certificate_usage'],
  ];
  for (const [what, extensions, code] of roots) {
    test(`refuses a root that ${what}`, async () => {
      const bad = await testCertificate({ subject: 'CN=bad', extensions });
      const end = await testCertificate({ issuer: bad, extensions: leafExtensions(goodId) });
      await assert.rejects(verify([end], [bad]), coded(code));
    });
  }

  test('refuses a leaf that is itself a trusted root', async () => {
    const own = await testCertificate({ subject: 'CN=own', extensions: caExtensions() });
    await assert.rejects(verify([own], [own]), coded('svid_authority'));
  });
});
