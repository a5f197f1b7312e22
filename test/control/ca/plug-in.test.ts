import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PlugInError, readPlugIn } from '../../../control/ca/plug-in.ts';
import { Authority } from '../../../src/identity/authority/authority.ts';
import { decodePem } from '../../../src/identity/pem.ts';
import { generateProofKey } from '../../../src/identity/signature/proof-key.ts';
import { workloadId } from '../../../src/identity/spiffe.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { exportPublicKey, generateKey } from '../../../src/identity/x509/p256.ts';
import { verifySvidChain } from '../../../src/identity/x509/svid-chain.ts';
import { coded, TRUST_DOMAIN, testPorts } from '../../support/identity-mesh.ts';
import { PlugInCa } from '../../support/plug-in-ca.ts';

const version = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '';
const skip = version.startsWith('OpenSSL 3') ? false : 'openssl 3 is not here';

describe('a plug-in CA', { skip }, () => {
  let folder: string;
  let good: PlugInCa;
  let made = 0;
  /** What openssl makes is valid from its own present on; this file may have been read minutes before it runs. */
  let now = 0;
  let ports = testPorts();
  before(() => {
    now = Date.now() + 60_000;
    ports = testPorts({ now });
    folder = mkdtempSync(join(tmpdir(), 'weft-plug-in-'));
    good = PlugInCa.whole(join(folder, 'good'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const place = () => join(folder, String(made++));
  const read = (directory: string) => readPlugIn(directory, TRUST_DOMAIN, now);

  const kinds = [
    ['P-256', 0],
    ['P-384', 0],
    ['RSA-2048', 0],
    ['P-256', 1],
  ] as const;
  for (const [key, between] of kinds)
    test(`of ${key} with ${between} more above it issues what our validator and openssl verify`, async () => {
      const { directory } = PlugInCa.whole(place(), { key }, between);
      const authority = await Authority.load(await read(directory), ports);
      const id = workloadId(TRUST_DOMAIN, 'default', 'reviews');
      const { chainPem } = await authority.issue(await createCsr(await generateKey()), id, 3_600_000);
      const [chain, roots] = [chainPem, authority.root()].map((pem) => decodePem('CERTIFICATE', pem));
      assert.equal(chain?.length, 2 + between);
      await verifySvidChain({ chain: chain ?? [], roots: roots ?? [], trustDomain: TRUST_DOMAIN, now });
      const [leaf, root] = [join(directory, 'leaf.pem'), join(directory, 'root-cert.pem')];
      writeFileSync(leaf, chainPem);
      const verify = ['verify', '-x509_strict', '-CAfile', root, '-untrusted', leaf, leaf];
      assert.match(execFileSync('openssl', verify, { encoding: 'utf8' }), /: OK/);
    });

  for (const [key, between] of kinds)
    test(`of ${key} with ${between} more above it issues proof and edge certificates that verify`, async () => {
      const { directory } = PlugInCa.whole(place(), { key }, between);
      const authority = await Authority.load(await read(directory), ports);
      const roots = decodePem('CERTIFICATE', authority.root());
      const id = workloadId(TRUST_DOMAIN, 'default', 'gateway');
      const proofKey = await exportPublicKey((await generateProofKey()).publicKey);
      const proof = await authority.issueSpecial(proofKey, { kind: 'proof', id }, 3_600_000);
      const chain = decodePem('CERTIFICATE', proof.chainPem);
      await verifySvidChain({ chain, roots, trustDomain: TRUST_DOMAIN, purpose: 'proof', now });
      const edgeKey = await exportPublicKey((await generateKey()).publicKey);
      const edge = await authority.issueSpecial(edgeKey, { kind: 'edge', host: 'a.example' }, 3_600_000);
      const [leaf, root] = [join(directory, 'edge.pem'), join(directory, 'root-cert.pem')];
      writeFileSync(leaf, edge.chainPem);
      const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'a.example'];
      const all = [...verify, '-CAfile', root, '-untrusted', leaf, leaf];
      assert.match(execFileSync('openssl', all, { encoding: 'utf8' }), /: OK/);
    });

  test('may have its key as PKCS#1, SEC 1 or PKCS#8', async () => {
    for (const key of ['RSA-2048', 'P-256'] as const) {
      const { directory } = PlugInCa.whole(place(), { key });
      const file = join(directory, 'ca-key.pem');
      const kind = key === 'P-256' ? 'ec' : 'rsa';
      execFileSync(
        'openssl',
        [kind, '-in', file, '-out', file, ...(kind === 'rsa' ? ['-traditional'] : [])],
        {
          stdio: 'ignore',
        },
      );
      assert.match((await read(directory)).intermediateKeyPem, /BEGIN PRIVATE KEY/);
    }
  });

  test('may have more roots than its own, which comes first', async () => {
    const { directory } = PlugInCa.whole(place());
    const roots = join(directory, 'root-cert.pem');
    const both = [good.pem('root'), roots].map((file) => execFileSync('cat', [file], { encoding: 'utf8' }));
    writeFileSync(roots, both.join(''));
    const authority = await Authority.load(await read(directory), ports);
    assert.equal(authority.rootHashes().length, 2);
    assert.ok(authority.bundle().startsWith(authority.root()));
  });

  const refused: readonly (readonly [string, (directory: string) => void, RegExp])[] = [
    ['a missing key', (d) => unlinkSync(join(d, 'ca-key.pem')), /^ca-key\.pem: is not in/],
    ['a missing root', (d) => unlinkSync(join(d, 'root-cert.pem')), /^root-cert\.pem: is not in/],
    ['no PEM', (d) => writeFileSync(join(d, 'ca-cert.pem'), 'hello'), /^ca-cert\.pem: cannot be read/],
    [
      'an empty file',
      (d) => writeFileSync(join(d, 'root-cert.pem'), ''),
      /^root-cert\.pem: .*no certificate/,
    ],
    [
      'a key that others can read',
      (d) => chmodSync(join(d, 'ca-key.pem'), 0o644),
      /^ca-key\.pem: can be read by others; chmod 600 it/,
    ],
    [
      'the key of another certificate',
      (d) => copyFileSync(good.keyFile('root'), join(d, 'ca-key.pem')),
      /^ca-key\.pem: is not the key of ca-cert\.pem/,
    ],
    ['no key', (d) => writeFileSync(join(d, 'ca-key.pem'), 'secret'), /^ca-key\.pem: is no private key/],
    [
      'another root',
      (d) => {
        good.certificate('stranger', undefined, {});
        copyFileSync(good.pem('stranger'), join(d, 'root-cert.pem'));
      },
      /^cert-chain\.pem: leads to no root of root-cert\.pem/,
    ],
    [
      'the root in place of an intermediate',
      (d) => copyFileSync(join(d, 'root-cert.pem'), join(d, 'ca-cert.pem')),
      /^ca-cert\.pem: is the root itself/,
    ],
  ];
  for (const [what, harm, message] of refused)
    test(`with ${what} is refused, by the name of the file`, async () => {
      const directory = place();
      cpSync(good.directory, directory, { recursive: true });
      harm(directory);
      await assert.rejects(
        read(directory),
        (error) => error instanceof PlugInError && message.test(error.message),
      );
    });

  const ca = 'basicConstraints=critical,CA:true';
  const usage = 'keyUsage=critical,keyCertSign';
  const ski = 'subjectKeyIdentifier=hash';
  const wishes = [
    [
      'no CA',
      { extensions: ['basicConstraints=critical,CA:false', usage, ski] },
      /^ca-cert\.pem: is no certificate auth/,
    ],
    [
      'no right to sign',
      { extensions: [ca, 'keyUsage=critical,cRLSign', ski] },
      /^ca-cert\.pem: may not sign/,
    ],
  ] as const;
  for (const [what, wish, message] of wishes)
    test(`that is ${what} is refused`, async () => {
      const { directory } = PlugInCa.whole(place(), wish);
      await assert.rejects(
        read(directory),
        (error) => error instanceof PlugInError && message.test(error.message),
      );
    });

  test('that has expired is refused', async () => {
    const later = now + 31 * 86_400_000;
    await assert.rejects(
      readPlugIn(good.directory, TRUST_DOMAIN, later),
      /^PlugInError: ca-cert\.pem: expired at /,
    );
  });

  test('with too many intermediates is refused', async () => {
    const { directory } = PlugInCa.whole(place(), {}, 2);
    await assert.rejects(read(directory), /cert-chain\.pem: is too long/);
  });

  for (const key of ['Ed25519', 'RSA-1024', 'P-521'] as const)
    test(`of ${key} is refused, because it signs what proxies would not take`, async () => {
      const { directory } = PlugInCa.whole(place(), { key });
      const load = async () => Authority.load(await read(directory), ports);
      await assert.rejects(load(), coded('authority_material'));
    });
});
