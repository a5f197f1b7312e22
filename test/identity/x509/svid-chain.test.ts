import 'reflect-metadata';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
} from '@peculiar/x509';
import { formatSpiffeId } from '../../../src/identity/spiffe.ts';
import { verifySvidChain } from '../../../src/identity/x509/svid-chain.ts';
import { coded, NOON, TRUST_DOMAIN } from '../../support/identity-mesh.ts';
import {
  caExtensions,
  leafExtensions,
  type TestCertificate,
  testCertificate,
  uriNames,
} from '../../support/test-certificate.ts';

const id = 'spiffe://cluster.local/ns/default/sa/reviews';
const MINUTE = 60_000;
const unknown = new Extension('1.2.3.4', true, Uint8Array.from([5, 0]));

describe('verifySvidChain', () => {
  let root: TestCertificate;
  let middle: TestCertificate;
  let leaf: TestCertificate;

  before(async () => {
    root = await testCertificate({ subject: 'CN=root', extensions: caExtensions(1) });
    middle = await testCertificate({ issuer: root, subject: 'CN=middle', extensions: caExtensions(0) });
    leaf = await testCertificate({ issuer: middle, extensions: leafExtensions(id) });
  });

  const verify = (chain: readonly TestCertificate[], roots = [root], now = NOON) =>
    verifySvidChain({
      chain: chain.map((one) => one.der),
      roots: roots.map((one) => one.der),
      trustDomain: TRUST_DOMAIN,
      now,
    });

  test('accepts leaf and intermediate, with the root sent or not', async () => {
    assert.equal(formatSpiffeId((await verify([leaf, middle])).id), id);
    assert.equal(formatSpiffeId((await verify([leaf, middle, root])).id), id);
  });

  test('accepts any of several roots, also two of one name', async () => {
    const other = await testCertificate({ subject: 'CN=root', extensions: caExtensions(1) });
    assert.equal(formatSpiffeId((await verify([leaf, middle], [other, root])).id), id);
  });

  test('refuses a chain to a root that is not trusted, even of its name', async () => {
    const other = await testCertificate({ subject: 'CN=root', extensions: caExtensions(1) });
    await assert.rejects(verify([leaf, middle], [other]), coded('chain_root'));
    await assert.rejects(verify([leaf, middle, root], [other]), coded('chain_root'));
    await assert.rejects(verify([leaf, middle], []), coded('chain_root'));
  });

  test('refuses chains that are empty, out of order, incomplete or too long', async () => {
    await assert.rejects(verify([]), coded('chain_length'));
    await assert.rejects(verify([middle, leaf]), coded('svid_names'));
    await assert.rejects(verify([leaf]), coded('chain_root'));
    await assert.rejects(verify([leaf, middle, middle, middle, middle]), coded('chain_length'));
    await assert.rejects(verify([leaf, leaf, middle]), coded('certificate_authority'));
  });

  test('refuses any change of the signed part or the signature', async () => {
    for (let at = 4; at < leaf.der.length; at += 7) {
      const der = leaf.der.slice();
      der[at] = (der[at] ?? 0) ^ 0x01;
      await assert.rejects(verify([{ ...leaf, der }, middle]));
    }
  });

  test('counts both ends of every validity, in whole seconds', async () => {
    const edge = { notBefore: NOON - 250, notAfter: NOON - 250 + MINUTE };
    const short = await testCertificate({ issuer: middle, extensions: leafExtensions(id), ...edge });
    await verify([short, middle], [root], edge.notBefore);
    await verify([short, middle], [root], edge.notAfter + 999);
    await assert.rejects(
      verify([short, middle], [root], edge.notBefore - 1),
      coded('certificate_not_yet_valid'),
    );
    await assert.rejects(verify([short, middle], [root], edge.notAfter + 1000), coded('certificate_expired'));
  });

  const leaves: [string, Extension[], string][] = [
    ['an unknown critical extension', [...leafExtensions(id), unknown], 'certificate_extension'],
    [
      'no key usage',
      [uriNames(id), new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2'])],
      'certificate_usage',
    ],
    [
      'a purpose for servers only',
      [
        uriNames(id),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature),
        new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      ],
      'certificate_usage',
    ],
    ['the right to sign', [...leafExtensions(id), new BasicConstraintsExtension(true)], 'svid_authority'],
    ['two names', leafExtensions(id, `${id}2`), 'svid_names'],
    ['another trust domain', leafExtensions('spiffe://other/a'), 'svid_trust_domain'],
  ];
  for (const [what, extensions, code] of leaves) {
    test(`refuses a leaf with ${what}`, async () => {
      const bad = await testCertificate({ issuer: middle, extensions });
      await assert.rejects(verify([bad, middle]), coded(code));
    });
  }

  const ca = new BasicConstraintsExtension(true, 0, true);
  const signs = new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true);
  const issuers: [string, Extension[], string][] = [
    ['no basic constraints', [signs], 'certificate_authority'],
    [
      'basic constraints of no authority',
      [new BasicConstraintsExtension(false, undefined, true), signs],
      'certificate_authority',
    ],
    [
      'uncritical basic constraints',
      [new BasicConstraintsExtension(true, 0, false), signs],
      'certificate_authority',
    ],
    ['no key usage', [ca], 'certificate_usage'],
    [
      'a key usage without certificates',
      [ca, new KeyUsagesExtension(KeyUsageFlags.cRLSign, true)],
      'certificate_usage',
    ],
    [
      'a purpose without clients',
      [ca, signs, new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1'])],
      'certificate_usage',
    ],
    ['an unknown critical extension', [ca, signs, unknown], 'certificate_extension'],
    [
      'empty name constraints',
      [ca, signs, new Extension('2.5.29.30', true, Uint8Array.from([0x30, 0]))],
      'certificate_constraints',
    ],
    ['the ID of another trust domain', [ca, signs, uriNames('spiffe://other')], 'svid_trust_domain'],
    ['the ID of a workload', [ca, signs, uriNames(id)], 'svid_authority'],
  ];
  for (const [what, extensions, code] of issuers) {
    test(`refuses an intermediate with ${what}`, async () => {
      const bad = await testCertificate({ issuer: root, subject: 'CN=middle', extensions });
      const below = await testCertificate({ issuer: bad, extensions: leafExtensions(id) });
      await assert.rejects(verify([below, bad]), coded(code));
    });
  }

  test('refuses a path that is longer than an authority allows', async () => {
    const lower = await testCertificate({ issuer: middle, subject: 'CN=lower', extensions: caExtensions() });
    const below = await testCertificate({ issuer: lower, extensions: leafExtensions(id) });
    await assert.rejects(verify([below, lower, middle]), coded('certificate_authority'));
    const flat = await testCertificate({ subject: 'CN=flat', extensions: caExtensions(0) });
    const inner = await testCertificate({ issuer: flat, subject: 'CN=inner', extensions: caExtensions() });
    const end = await testCertificate({ issuer: inner, extensions: leafExtensions(id) });
    await assert.rejects(verify([end, inner], [flat]), coded('certificate_authority'));
  });

  test('refuses an expired root', async () => {
    const old = await testCertificate({
      subject: 'CN=old',
      extensions: caExtensions(),
      notAfter: NOON - MINUTE / 2,
    });
    const direct = await testCertificate({ issuer: old, extensions: leafExtensions(id) });
    await assert.rejects(verify([direct], [old]), coded('certificate_expired'));
  });
});
