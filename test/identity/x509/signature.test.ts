import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  rawSignature,
  type SignatureAlgorithm,
  signatureAlgorithm,
  verifySignature,
} from '../../../src/identity/x509/signature.ts';
import { der, integer } from '../../support/raw-certificate.ts';

const data = new TextEncoder().encode('signed');
const octets = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const P256_SHA256 = '300a06082a8648ce3d040302';
const P384_SHA384 = '300a06082a8648ce3d040303';
const ED25519 = '300506032b6570';
const RSA_SHA256 = '300d06092a864886f70d01010b0500';

function known(identifier: string): SignatureAlgorithm {
  const algorithm = signatureAlgorithm(octets(identifier));
  assert.ok(algorithm);
  return algorithm;
}

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const keys: [string, string, string | null, () => { publicKey: KeyObject; privateKey: KeyObject }][] = [
  ['ECDSA P-256', P256_SHA256, 'sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ECDSA P-384', P384_SHA384, 'sha384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['Ed25519', ED25519, null, () => generateKeyPairSync('ed25519')],
  ['RSA with SHA-256', RSA_SHA256, 'sha256', rsa],
  ['RSA with SHA-384', '300d06092a864886f70d01010c0500', 'sha384', rsa],
  ['RSA with SHA-512', '300d06092a864886f70d01010d0500', 'sha512', rsa],
];

describe('signatures of certificates', () => {
  for (const [what, identifier, hash, make] of keys) {
    test(`by ${what} verify as another implementation made them, and with no octet changed`, async () => {
      const { publicKey: key, privateKey } = make();
      const publicKey = new Uint8Array(key.export({ type: 'spki', format: 'der' }));
      const algorithm = known(identifier);
      const signature = rawSignature(algorithm, new Uint8Array(sign(hash, data, privateKey)));
      assert.ok(signature);
      assert.equal(await verifySignature({ algorithm, publicKey, signature, data }), true);
      const changed = signature.slice();
      changed[9] = (changed[9] ?? 0) ^ 1;
      assert.equal(await verifySignature({ algorithm, publicKey, signature: changed, data }), false);
      const other = new TextEncoder().encode('Signed');
      assert.equal(await verifySignature({ algorithm, publicKey, signature, data: other }), false);
    });
  }

  test('do not verify with a key of another kind', async () => {
    const { publicKey: key, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const publicKey = new Uint8Array(key.export({ type: 'spki', format: 'der' }));
    const signature = new Uint8Array(sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
    for (const identifier of [P256_SHA256, ED25519, RSA_SHA256])
      assert.equal(
        await verifySignature({ algorithm: known(identifier), publicKey, signature, data }),
        false,
      );
  });

  const unknown = [
    ['ECDSA with SHA-1', '300906072a8648ce3d0401'],
    ['ECDSA with SHA-512', '300a06082a8648ce3d040304'],
    ['ECDSA with parameters', '300c06082a8648ce3d0403020500'],
    ['RSA with SHA-1', '300d06092a864886f70d0101050500'],
    ['RSA with MD5', '300d06092a864886f70d0101040500'],
    ['RSA without its NULL', '300b06092a864886f70d01010b'],
    ['RSA-PSS', '300d06092a864886f70d01010a3000'],
    ['Ed448', '300506032b6571'],
    ['nothing', ''],
  ];
  for (const [what, identifier = ''] of unknown) {
    test(`by ${what} are not known`, () => assert.equal(signatureAlgorithm(octets(identifier)), undefined));
  }

  const pair = (r: string, s: string) => der(0x30, der(0x02, octets(r)), der(0x02, octets(s)));
  const malformed: [string, Uint8Array][] = [
    ['octets after it', Uint8Array.from([...pair('01', '01'), 0])],
    ['three integers', der(0x30, der(0x02, octets('01')), der(0x02, octets('01')), der(0x02, octets('01')))],
    ['one integer', der(0x30, der(0x02, octets('01')))],
    ['a negative integer', pair('80', '01')],
    ['an integer that is not minimal', pair('0001', '01')],
    ['an empty integer', pair('', '01')],
    ['an integer of 33 octets', pair('01', `01${'00'.repeat(32)}`)],
    ['an indefinite length', Uint8Array.from([0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0])],
    ['a length that is not minimal', Uint8Array.from([0x30, 0x81, 6, 2, 1, 1, 2, 1, 1])],
    ['the two integers side by side', new Uint8Array(64).fill(1)],
    ['nothing', new Uint8Array()],
  ];
  for (const [what, signature] of malformed) {
    test(`of ECDSA with ${what} are refused`, () => {
      assert.equal(rawSignature(known(P256_SHA256), signature), undefined);
    });
  }

  test('of ECDSA keep both integers', () => {
    const number = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .filter((value) => value.some((one) => one > 0));
    fc.assert(
      fc.property(number, number, (r, s) => {
        const raw = rawSignature(known(P256_SHA256), der(0x30, integer(r), integer(s)));
        assert.deepEqual(raw, Uint8Array.from([...r, ...s]));
      }),
    );
  });
});
