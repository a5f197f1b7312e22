import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BasicConstraintsExtension,
  ChallengePasswordAttribute,
  type Pkcs10CertificateRequestCreateParams,
  Pkcs10CertificateRequestGenerator,
} from '@peculiar/x509';
import { decodeOnePem, encodePem } from '../../../src/identity/pem.ts';
import { createCsr, verifyCsr } from '../../../src/identity/x509/csr.ts';
import { exportPublicKey, generateKey, P256 } from '../../../src/identity/x509/p256.ts';
import { coded } from '../../support/identity-mesh.ts';
import { uriNames } from '../../support/test-certificate.ts';

const LABEL = 'CERTIFICATE REQUEST';
const id = 'spiffe://cluster.local/ns/default/sa/admin';
const p384 = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};

async function request(more: Partial<Pkcs10CertificateRequestCreateParams>, keys?: CryptoKeyPair) {
  const params = { keys: keys ?? (await generateKey()), signingAlgorithm: P256, ...more };
  return encodePem(LABEL, new Uint8Array((await Pkcs10CertificateRequestGenerator.create(params)).rawData));
}

/** The request with one octet changed, counted from the front or the back. */
async function changed(at: number): Promise<string> {
  const der = decodeOnePem(LABEL, await createCsr(await generateKey()));
  const index = at < 0 ? der.length + at : at;
  der[index] = (der[index] ?? 0) ^ 0x01;
  return encodePem(LABEL, der);
}

async function generated(algorithm: RsaHashedKeyGenParams | EcKeyGenParams): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
}

describe('verifyCsr', () => {
  test('gives the public key of a request that createCsr made', async () => {
    const keys = await generateKey();
    assert.deepEqual(await verifyCsr(await createCsr(keys)), await exportPublicKey(keys.publicKey));
  });

  const refused: [string, () => Promise<string>, string][] = [
    ['a subject', () => request({ name: 'CN=admin' }), 'csr_subject'],
    ['the ID it wants', () => request({ extensions: [uriNames(id)] }), 'csr_attributes'],
    [
      'the wish to be an authority',
      () => request({ extensions: [new BasicConstraintsExtension(true)] }),
      'csr_attributes',
    ],
    [
      'another attribute',
      () => request({ attributes: [new ChallengePasswordAttribute('a')] }),
      'csr_attributes',
    ],
    ['a P-384 key', async () => request({ signingAlgorithm: p384 }, await generated(p384)), 'csr_key'],
    ['an RSA key', async () => request({ signingAlgorithm: rsa }, await generated(rsa)), 'csr_key'],
    [
      'a P-256 key signed with SHA-384',
      () => request({ signingAlgorithm: { ...P256, hash: 'SHA-384' } }),
      'csr_key',
    ],
    ['the public key of another', async () => stolen(), 'csr_signature'],
    ['a changed signature', () => changed(-1), 'csr_signature'],
    ['a point that is not on the curve', () => changed(60), 'csr_signature'],
    ['another version', () => changed(7), 'csr_malformed'],
    ['bytes after it', async () => trailing(), 'der_malformed'],
    [
      'the label of a certificate',
      async () => (await request({})).replaceAll(LABEL, 'CERTIFICATE'),
      'pem_malformed',
    ],
    ['two requests', async () => (await request({})) + (await request({})), 'pem_malformed'],
    ['text before it', async () => `a\n${await request({})}`, 'pem_malformed'],
    [
      'base64 that is not canonical',
      async () => (await request({})).replace('\n-----END', '=\n-----END'),
      'base64_malformed',
    ],
    ['no DER', async () => encodePem(LABEL, Uint8Array.of(0x30, 0x80, 0, 0)), 'der_malformed'],
    ['nothing', async () => '', 'pem_malformed'],
    ['more than 64 KiB', async () => (await request({})) + ' '.repeat(65_536), 'pem_malformed'],
  ];
  for (const [what, make, code] of refused) {
    test(`refuses ${what}`, async () => {
      await assert.rejects(verifyCsr(await make()), coded(code));
    });
  }
});

/** A request for a key of somebody else, signed with our own. */
async function stolen(): Promise<string> {
  const [ours, theirs] = [await generateKey(), await generateKey()];
  return request({}, { publicKey: theirs.publicKey, privateKey: ours.privateKey });
}

async function trailing(): Promise<string> {
  return encodePem(LABEL, Uint8Array.from([...decodeOnePem(LABEL, await request({})), 0]));
}
