import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BasicConstraintsExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import { formatSpiffeId } from '../../../src/identity/spiffe.ts';
import { peerSpiffeId } from '../../../src/identity/x509/peer-id.ts';
import { coded, TRUST_DOMAIN } from '../../support/identity-mesh.ts';
import { leafExtensions, testCertificate, uriNames } from '../../support/test-certificate.ts';

const id = 'spiffe://cluster.local/ns/default/sa/reviews';

describe('peerSpiffeId', () => {
  test('is the one URI name of the leaf', async () => {
    const { der } = await testCertificate({ extensions: leafExtensions(id) });
    assert.equal(formatSpiffeId(peerSpiffeId(der, TRUST_DOMAIN)), id);
  });

  test('lets DNS names stand beside it (X509-SVID §2)', async () => {
    const names = new SubjectAlternativeNameExtension(
      [
        { type: 'dns', value: 'edge.example' },
        { type: 'url', value: id },
      ],
      true,
    );
    const { der } = await testCertificate({ extensions: [names] });
    assert.equal(formatSpiffeId(peerSpiffeId(der, TRUST_DOMAIN)), id);
  });

  const uncritical = new SubjectAlternativeNameExtension([{ type: 'url', value: id }], false);
  const nul = [...`${id}\0`].map((character) => character.charCodeAt(0));
  const withNul = new Extension(
    '2.5.29.17',
    true,
    Uint8Array.from([0x30, nul.length + 2, 0x86, nul.length, ...nul]),
  );
  const sign = (flags: KeyUsageFlags) => new KeyUsagesExtension(KeyUsageFlags.digitalSignature | flags, true);
  const refused: [string, Extension[], string][] = [
    ['no name', [new BasicConstraintsExtension(false)], 'svid_names'],
    [
      'only a DNS name',
      [new SubjectAlternativeNameExtension([{ type: 'dns', value: id }], true)],
      'svid_names',
    ],
    ['two URI names', [uriNames(id, id)], 'svid_names'],
    ['an uncritical name without a subject', [uncritical], 'svid_names'],
    ['a name with a NUL', [withNul], 'svid_id'],
    ['a name that is no SPIFFE ID', [uriNames('https://cluster.local/ns/default/sa/reviews')], 'svid_id'],
    ['an upper-case trust domain', [uriNames('spiffe://Cluster.local/a')], 'svid_id'],
    ['an escaped path', [uriNames('spiffe://cluster.local/%2e')], 'svid_id'],
    ['the ID of a trust domain', [uriNames('spiffe://cluster.local')], 'svid_id'],
    ['another trust domain', [uriNames('spiffe://cluster.local.evil/a')], 'svid_trust_domain'],
    ['an authority', [uriNames(id), new BasicConstraintsExtension(true)], 'svid_authority'],
    ['a key that signs certificates', [uriNames(id), sign(KeyUsageFlags.keyCertSign)], 'svid_authority'],
    ['a key that signs revocations', [uriNames(id), sign(KeyUsageFlags.cRLSign)], 'svid_authority'],
  ];
  for (const [what, extensions, code] of refused) {
    test(`refuses ${what}`, async () => {
      const { der } = await testCertificate({ extensions });
      assert.throws(() => peerSpiffeId(der, TRUST_DOMAIN), coded(code));
    });
  }
});
