import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { KeySet } from '../../../src/identity/jwt/key-set.ts';
import { jwsRefusal } from '../../../src/identity/jwt/verify-jws.ts';
import { base64Url, tokenIssuer } from '../../support/token-issuer.ts';

const rsa = (await tokenIssuer('RS256', 'rsa')).jwk;
const ec = (await tokenIssuer('ES256', 'ec')).jwk;
const secret = { kty: 'oct', kid: 'secret', k: base64Url(new Uint8Array(64).fill(7)) };

function sizeOf(...keys: readonly object[]): number | undefined {
  return KeySet.parse(JSON.stringify({ keys }), true)?.size;
}

function rsaOf(bits: number, publicExponent = 65537): object {
  return generateKeyPairSync('rsa', { modulusLength: bits, publicExponent }).publicKey.export({
    format: 'jwk',
  });
}

describe('key sets', () => {
  test('keys for signatures are taken', () => {
    assert.equal(sizeOf(rsa, ec), 2);
    assert.equal(sizeOf({ ...ec, key_ops: ['verify'], use: undefined }), 1);
    assert.equal(sizeOf({ ...rsa, alg: undefined }, { ...ec, use: undefined, kid: undefined }), 2);
    assert.equal(sizeOf(secret), 1);
    assert.equal(sizeOf(rsaOf(2048, 3), rsaOf(3072)), 2);
  });

  const left: readonly (readonly [string, object])[] = [
    ['a key for encryption', { ...rsa, use: 'enc' }],
    ['a key that must not verify', { ...ec, key_ops: ['sign'] }],
    ['RSA of 1024 bits', rsaOf(1024)],
    ['RSA with e = 1', { ...rsa, e: 'AQ' }],
    ['RSA with an even exponent', { ...rsa, e: 'AQAA' }],
    ['RSA with an even modulus', { ...rsa, n: `${rsa.n?.slice(0, -1)}A` }],
    ['RSA of 16,384 bits', { ...rsa, n: base64Url(new Uint8Array(2048).fill(0xff)) }],
    ['RSA without a modulus', { ...rsa, n: undefined }],
    ['an algorithm of another kind', { ...rsa, alg: 'ES256' }],
    ['an algorithm for encryption', { ...secret, alg: 'A256GCM' }],
    ['no algorithm', { ...rsa, alg: 'none' }],
    ['a curve that is not verified here', { ...ec, crv: 'secp256k1' }],
    ['a curve of another algorithm', { ...ec, crv: 'P-384' }],
    ['X25519', { kty: 'OKP', crv: 'X25519', x: base64Url(new Uint8Array(32)) }],
    ['a kind that nobody knows', { ...ec, kty: 'EC2' }],
    ['a key id that is no text', { ...ec, kid: 5 }],
    ['base64 that is not canonical', { ...ec, x: `${ec.x}=` }],
    ['a blank secret', { ...secret, k: '' }],
    ['a short secret', { ...secret, k: base64Url('secret') }],
  ];
  for (const [name, key] of left) test(`${name} is left out`, () => assert.equal(sizeOf(key), 0));

  test('secrets count only inline, and never beside public keys', () => {
    assert.equal(KeySet.parse(JSON.stringify({ keys: [secret] }), false)?.size, 0);
    assert.equal(sizeOf(secret, ec), 0);
  });

  test('a secret is as long as its hash', () => {
    const keys = KeySet.parse(
      JSON.stringify({ keys: [{ ...secret, k: base64Url(new Uint8Array(32).fill(1)) }] }),
      true,
    );
    assert.equal(keys?.candidates('HS256', 'secret').length, 1);
    assert.equal(keys?.candidates('HS512', 'secret').length, 0);
  });

  test('two keys of one id are neither', () => {
    assert.equal(sizeOf(ec, { ...ec }), 0);
    assert.equal(sizeOf(ec, { ...ec, use: 'enc' }), 1);
  });

  test('a token without an id is tried with every key that fits, and one with an id with that key', () => {
    const keys = KeySet.parse(JSON.stringify({ keys: [ec, { ...rsa, alg: undefined }] }), true);
    assert.equal(keys?.candidates('ES256', undefined).length, 1);
    assert.equal(keys?.candidates('PS512', undefined).length, 1);
    assert.equal(keys?.candidates('ES256', 'rsa').length, 0);
  });

  test('what is no key set is none', () => {
    for (const text of [
      '',
      '[]',
      'null',
      '{}',
      '{"keys":{}}',
      '{"keys":[],"keys":[]}',
      `{"keys":[${'{},'.repeat(200)}{}]}`,
    ])
      assert.equal(KeySet.parse(text, true), undefined, text.slice(0, 30));
    assert.equal(KeySet.parse(`{"keys":[],"x":"${'x'.repeat(65_536)}"}`, true), undefined);
    assert.equal(KeySet.parse('{"keys":[null,5,"a",[],{}]}', true)?.size, 0);
  });

  for (const alg of ['RS512', 'PS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])
    test(`${alg} is verified`, async () => {
      const issuer = await tokenIssuer(alg);
      const keys = KeySet.parse(issuer.keySet(), false) ?? assert.fail('no keys');
      const token = await issuer.sign({ iss: 'a' });
      assert.equal(await jwsRefusal(token, keys), undefined);
      assert.equal(await jwsRefusal(`${token.slice(0, -4)}AAAA`, keys), 'signature');
    });
});
