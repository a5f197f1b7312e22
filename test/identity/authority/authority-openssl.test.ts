import 'reflect-metadata';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Crypto } from '@peculiar/webcrypto';
import { Pkcs10CertificateRequest, X509Certificate } from '@peculiar/x509';
import type { Authority } from '../../../src/identity/authority/authority.ts';
import { decodePem } from '../../../src/identity/pem.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { NOON, type TestSvid, TRUST_DOMAIN, testAuthority, testSvid } from '../../support/identity-mesh.ts';

const openssl = spawnSync('openssl', ['version']).status === 0;
const skip = openssl ? false : 'openssl is not here';

describe('what the authority makes', () => {
  let folder: string;
  let authority: Authority;
  let made: TestSvid;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weft-authority-'));
    authority = await testAuthority();
    made = await testSvid(authority, 'reviews');
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** What `openssl verify -x509_strict` says at noon. */
  function verified(chainPem: string, purpose: string): string {
    const [root, chain] = [file('root.pem', authority.bundle()), file('chain.pem', chainPem)];
    const at = ['-attime', String(Math.floor(NOON / 1000))];
    const options = ['-x509_strict', '-purpose', purpose, ...at, '-CAfile', root, '-untrusted', chain];
    return execFileSync('openssl', ['verify', ...options, chain], { encoding: 'utf8' });
  }

  for (const purpose of ['sslclient', 'sslserver']) {
    test(`passes openssl verify -x509_strict as ${purpose}`, { skip }, () => {
      assert.match(verified(made.svid.chainPem, purpose), /: OK/);
    });
  }

  for (const [what, purpose, use] of [
    [
      'a certificate that signs requests',
      'any',
      { kind: 'proof', id: { trustDomain: TRUST_DOMAIN, path: '/ns/a/sa/b' } },
    ],
    ['one of an edge port', 'sslserver', { kind: 'edge', host: 'reviews.default.mesh.example' }],
  ] as const) {
    test(`as ${what} passes openssl verify -x509_strict and the second WebCrypto`, { skip }, async () => {
      const keys =
        use.kind === 'proof'
          ? ((await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair)
          : made.keys;
      const { chainPem } = await authority.issueSpecial(await spki(keys), use, 60_000);
      assert.match(verified(chainPem, purpose), /: OK/);
      const [leaf, intermediate] = decodePem('CERTIFICATE', chainPem).map((der) => new X509Certificate(der));
      assert.ok(leaf && intermediate);
      const { publicKey } = intermediate;
      assert.ok(await leaf.verify({ publicKey, signatureOnly: true }, new Crypto()));
    });
  }

  test('is read by openssl as the profile says', { skip }, () => {
    const chain = file('chain.pem', made.svid.chainPem);
    const text = execFileSync('openssl', ['x509', '-in', chain, '-noout', '-text'], { encoding: 'utf8' });
    assert.match(
      text,
      /X509v3 Subject Alternative Name: critical\s+URI:spiffe:\/\/cluster\.local\/ns\/default\/sa\/reviews\n/,
    );
    assert.match(text, /Subject: *\n/);
    assert.match(text, /X509v3 Key Usage: critical\s+Digital Signature\n/);
    assert.match(text, /TLS Web Server Authentication, TLS Web Client Authentication/);
    assert.match(text, /ASN1 OID: prime256v1/);
  });

  test('has a key that openssl reads, of the public key in the leaf', { skip }, () => {
    const [key, chain] = [file('key.pem', made.svid.keyPem), file('chain.pem', made.svid.chainPem)];
    const ours = execFileSync('openssl', ['pkey', '-in', key, '-pubout'], { encoding: 'utf8' });
    assert.equal(
      execFileSync('openssl', ['x509', '-in', chain, '-noout', '-pubkey'], { encoding: 'utf8' }),
      ours,
    );
  });

  test('has a request that openssl verifies', { skip }, async () => {
    const request = file('request.pem', await createCsr(made.keys));
    const { status, stderr } = spawnSync('openssl', ['req', '-in', request, '-noout', '-verify'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });

  test('is signed rightly by the word of a second WebCrypto', async () => {
    const second = new Crypto();
    const [leaf, intermediate] = decodePem('CERTIFICATE', made.svid.chainPem).map(
      (der) => new X509Certificate(der),
    );
    const root = new X509Certificate(authority.bundle());
    assert.ok(leaf && intermediate);
    const signatureOnly = true;
    assert.ok(await leaf.verify({ publicKey: intermediate.publicKey, signatureOnly }, second));
    assert.ok(await intermediate.verify({ publicKey: root.publicKey, signatureOnly }, second));
    assert.ok(await root.verify({ publicKey: root.publicKey, signatureOnly }, second));
    assert.ok(!(await leaf.verify({ publicKey: root.publicKey, signatureOnly }, second)));
    assert.ok(await new Pkcs10CertificateRequest(await createCsr(made.keys)).verify(second));
  });
});

async function spki(keys: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey));
}
