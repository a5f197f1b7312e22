import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { edgeCertificates } from '../../../src/runtime/fetch/edge-certificates.ts';
import { clientAuth, PLACEHOLDER } from '../../support/edge-shape.ts';

const [leaf, issuer] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)];
const good = clientAuth(leaf, issuer);

describe('the certificates of request.cf.tlsClientAuth', () => {
  test('are the leaf and what was sent above it', () => {
    assert.deepEqual(edgeCertificates(good), [leaf, issuer]);
    assert.deepEqual(edgeCertificates(clientAuth(leaf)), [leaf]);
    assert.deepEqual(edgeCertificates({ ...good, certChainRFC9440: ':BAU=:,:BAU=:' }), [
      leaf,
      issuer,
      issuer,
    ]);
  });

  test('do not depend on what the edge thinks of them', () => {
    for (const certVerified of ['SUCCESS', 'NONE', 'FAILED:self signed certificate', ''])
      assert.deepEqual(edgeCertificates({ ...good, certVerified }), [leaf, issuer]);
  });

  const none: readonly (readonly [what: string, given: unknown])[] = [
    ['the placeholder of local workerd', PLACEHOLDER],
    ['the placeholder, said to be verified', { ...PLACEHOLDER, certVerified: 'SUCCESS' }],
    ['nothing', undefined],
    ['null', null],
    ['text', 'SUCCESS'],
    ['an empty object', {}],
    ['a certificate that was not presented', { ...good, certPresented: '0' }],
    ['a number where text belongs', { ...good, certPresented: 1 }],
    ['a revoked certificate', { ...good, certRevoked: '1' }],
    ['a certificate of which nobody says whether it is revoked', { ...good, certRevoked: undefined }],
    ['no leaf', { ...good, certRFC9440: '' }],
    ['a leaf that is too large to be shown', { ...good, certRFC9440TooLarge: true }],
    ['a chain that is too large to be shown', { ...good, certChainRFC9440TooLarge: true }],
    ['a leaf without colons', { ...good, certRFC9440: 'AQID' }],
    ['a leaf with one colon', { ...good, certRFC9440: ':' }],
    ['an empty leaf in colons', { ...good, certRFC9440: '::' }],
    ['a leaf that is no base64', { ...good, certRFC9440: ':A*ID:' }],
    ['a leaf of base64 that is not canonical', { ...good, certRFC9440: ':BAV=:' }],
    ['two leaves', { ...good, certRFC9440: ':AQID:, :AQID:' }],
    ['a broken chain', { ...good, certChainRFC9440: ':BAU=:, ' }],
    ['a chain of too many', { ...good, certChainRFC9440: Array(8).fill(':BAU=:').join(',') }],
    ['a leaf that is too long', { ...good, certRFC9440: `:${'A'.repeat(16_384)}:` }],
    ['a chain that is too long', { ...good, certChainRFC9440: `:${'A'.repeat(24_576)}:` }],
  ];
  for (const [what, given] of none)
    test(`are none of ${what}`, () => assert.equal(edgeCertificates(given), undefined));
});
