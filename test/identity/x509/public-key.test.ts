import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { keyKind } from '../../../src/identity/x509/public-key.ts';
import { der, integer } from '../../support/raw-certificate.ts';

const publicKeyEncoding = { type: 'spki', format: 'der' } as const;
const privateKeyEncoding = { type: 'pkcs8', format: 'der' } as const;
const encodings = { publicKeyEncoding, privateKeyEncoding };

function ec(namedCurve: string, paramEncoding: 'named' | 'explicit' = 'named'): Uint8Array {
  return generateKeyPairSync('ec', { namedCurve, paramEncoding, ...encodings }).publicKey;
}

/** An RSA key as any two numbers. */
function rsa(modulus: Uint8Array, exponent: readonly number[]): Uint8Array {
  const pair = der(0x30, integer(modulus), integer(Uint8Array.from(exponent)));
  const oid = Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01);
  return der(0x30, der(0x30, der(0x06, oid), Uint8Array.of(5, 0)), der(0x03, Uint8Array.of(0), pair));
}

const modulus = (octets: number, first = 0xc1, last = 0x01) => {
  const value = new Uint8Array(octets).fill(0x55);
  value.set([first], 0);
  value.set([last], octets - 1);
  return value;
};
const F4 = [1, 0, 1];

describe('keyKind', () => {
  const known: [string, () => Uint8Array, string][] = [
    ['P-256', () => ec('P-256'), 'P-256'],
    ['P-384', () => ec('P-384'), 'P-384'],
    ['Ed25519', () => generateKeyPairSync('ed25519', encodings).publicKey, 'Ed25519'],
    [
      'RSA of 2,048 bits',
      () => generateKeyPairSync('rsa', { modulusLength: 2048, ...encodings }).publicKey,
      'RSA',
    ],
    ['RSA of 8,192 bits', () => rsa(modulus(1024), F4), 'RSA'],
    ['RSA with an exponent of 32 bits', () => rsa(modulus(256), [0xff, 0xff, 0xff, 0xff]), 'RSA'],
  ];
  for (const [what, make, kind] of known) {
    test(`knows ${what}`, () => assert.equal(keyKind(make()), kind));
  }

  const unknown: [string, () => Uint8Array][] = [
    ['P-192', () => ec('prime192v1')],
    ['P-521', () => ec('P-521')],
    ['secp256k1', () => ec('secp256k1')],
    ['a curve by its parameters', () => ec('P-256', 'explicit')],
    ['Ed448', () => generateKeyPairSync('ed448', encodings).publicKey],
    ['X25519', () => generateKeyPairSync('x25519', encodings).publicKey],
    [
      'RSA for PSS alone',
      () => generateKeyPairSync('rsa-pss', { modulusLength: 2048, ...encodings }).publicKey,
    ],
    ['RSA of 1,024 bits', () => rsa(modulus(128), F4)],
    ['RSA of 2,047 bits', () => rsa(modulus(256, 0x7f), F4)],
    ['RSA of 2,052 bits', () => rsa(modulus(257, 0x0f), F4)],
    ['RSA of 8,200 bits', () => rsa(modulus(1025), F4)],
    ['an even modulus', () => rsa(modulus(256, 0xc1, 0x02), F4)],
    ['the exponent 1', () => rsa(modulus(256), [1])],
    ['the exponent 3', () => rsa(modulus(256), [3])],
    ['an even exponent', () => rsa(modulus(256), [1, 0, 2])],
    ['an exponent of 33 bits', () => rsa(modulus(256), [1, 0, 0, 0, 1])],
    ['octets after a key', () => Uint8Array.from([...ec('P-256'), 0])],
    ['a key that is cut short', () => ec('P-256').subarray(0, -1)],
    ['nothing', () => new Uint8Array()],
  ];
  for (const [what, make] of unknown) {
    test(`does not know ${what}`, () => assert.equal(keyKind(make()), undefined));
  }
});
