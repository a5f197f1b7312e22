import 'reflect-metadata';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequestGenerator,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from '@peculiar/x509';
import { Authority } from '../../../src/identity/authority/authority.ts';
import { hex, sha256 } from '../../../src/identity/bytes.ts';
import { decodeOnePem, decodePem } from '../../../src/identity/pem.ts';
import { workloadId } from '../../../src/identity/spiffe.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey, P256 } from '../../../src/identity/x509/p256.ts';
import { peerSpiffeId } from '../../../src/identity/x509/peer-id.ts';
import { readSan } from '../../../src/identity/x509/san.ts';
import {
  coded,
  NOON,
  TRUST_DOMAIN,
  testAuthority,
  testPorts,
  testSvid,
} from '../../support/identity-mesh.ts';
import { uriNames } from '../../support/test-certificate.ts';

const DAY = 86_400_000;
const reviews = workloadId(TRUST_DOMAIN, 'default', 'reviews');
const leafOf = (chainPem: string) =>
  new X509Certificate(decodePem('CERTIFICATE', chainPem)[0] ?? new Uint8Array());

describe('Authority', () => {
  let authority: Authority;
  let csr: string;

  before(async () => {
    authority = await testAuthority();
    csr = await createCsr(await generateKey());
  });

  test('issues a leaf of the profile', async () => {
    const { chainPem, serial } = await authority.issue(csr, reviews, DAY);
    const leaf = leafOf(chainPem);
    const der = new Uint8Array(leaf.rawData);
    assert.deepEqual(peerSpiffeId(der, TRUST_DOMAIN), reviews);
    const { hasOtherNames, subjectEmpty, sanCritical, isCa } = readSan(der);
    assert.deepEqual(
      { hasOtherNames, subjectEmpty, sanCritical, isCa },
      { hasOtherNames: false, subjectEmpty: true, sanCritical: true, isCa: false },
    );
    assert.equal(leaf.getExtension(KeyUsagesExtension)?.usages, KeyUsageFlags.digitalSignature);
    assert.deepEqual(
      [...(leaf.getExtension(ExtendedKeyUsageExtension)?.usages ?? [])],
      [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth],
    );
    assert.ok(leaf.getExtension(SubjectKeyIdentifierExtension));
    assert.ok(leaf.getExtension(AuthorityKeyIdentifierExtension));
    assert.equal(leaf.serialNumber, serial);
    assert.match(serial, /^[0-9a-f]{30,32}$/);
  });

  test('makes a root for 10 years and an intermediate for one, with path lengths', async () => {
    const { rootsPem, intermediatePem } = authority.export();
    for (const [pem, years, pathLength] of [
      [rootsPem, 10, 1],
      [intermediatePem, 1, 0],
    ] as const) {
      const certificate = new X509Certificate(pem);
      assert.equal(certificate.getExtension(BasicConstraintsExtension)?.pathLength, pathLength);
      assert.equal(certificate.notAfter.getTime(), NOON - 250 + years * 365 * DAY);
    }
  });

  test('dates a leaf back by two minutes and cuts its life', async () => {
    const lives: [asked: number, given: number][] = [
      [20_000, 20_000],
      [3_600_000, 3_600_000],
      [DAY, DAY],
      [30 * DAY, DAY],
    ];
    for (const [asked, given] of lives) {
      const { chainPem, notBefore, notAfter } = await authority.issue(csr, reviews, asked);
      assert.equal(notBefore, NOON - 250 - 120_000);
      assert.equal(notAfter, NOON - 250 + given);
      assert.equal(leafOf(chainPem).notAfter.getTime(), notAfter);
    }
  });

  for (const life of [0, -1, 999, Number.NaN, Number.POSITIVE_INFINITY]) {
    test(`refuses a life of ${life} ms`, async () => {
      await assert.rejects(authority.issue(csr, reviews, life), coded('issue_ttl'));
    });
  }

  test('certifies nobody of another trust domain, and not the trust domain', async () => {
    await assert.rejects(
      authority.issue(csr, workloadId('other', 'a', 'b'), DAY),
      coded('issue_trust_domain'),
    );
    await assert.rejects(
      authority.issue(csr, { trustDomain: TRUST_DOMAIN, path: '' }, DAY),
      coded('issue_trust_domain'),
    );
  });

  test('certifies no request that asks for a name', async () => {
    const extensions = [uriNames('spiffe://cluster.local/ns/default/sa/reviews')];
    const request = await Pkcs10CertificateRequestGenerator.create({
      keys: await generateKey(),
      signingAlgorithm: P256,
      extensions,
    });
    await assert.rejects(authority.issue(request.toString('pem'), reviews, DAY), coded('csr_attributes'));
  });

  test('never outlives its intermediate', async () => {
    const time = { now: NOON };
    const late = await Authority.load(authority.export(), testPorts(time));
    time.now = NOON + 365 * DAY - 3_600_000;
    assert.equal((await late.issue(csr, reviews, DAY)).notAfter, NOON - 250 + 365 * DAY);
    time.now = NOON + 366 * DAY;
    await assert.rejects(late.issue(csr, reviews, DAY), coded('authority_expired'));
  });

  test('takes 128 random bits as the serial number, whatever their first ones are', async () => {
    for (const first of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
      const random = { bytes: (length: number) => new Uint8Array(length).fill(0x80).fill(first, 0, 1) };
      const one = await Authority.load(authority.export(), { ...testPorts(), random });
      const { chainPem, serial } = await one.issue(csr, reviews, DAY);
      assert.equal(leafOf(chainPem).serialNumber, serial);
      assert.equal(BigInt(`0x${serial}`), BigInt(`0x${hex(random.bytes(16))}`));
    }
    const broken = { bytes: (length: number) => new Uint8Array(length) };
    await assert.rejects(
      Authority.load(authority.export(), { ...testPorts(), random: broken }),
      coded('issue_serial'),
    );
  });

  test('is the same after export and load, through JSON and without the root key', async () => {
    const { rootKeyPem, ...online } = authority.export();
    assert.ok(rootKeyPem);
    const loaded = await Authority.load(JSON.parse(JSON.stringify(online)), testPorts());
    assert.equal(loaded.bundle(), authority.bundle());
    assert.equal(loaded.rootHash(), authority.rootHash());
    assert.throws(() => loaded.export(), coded('authority_sealed'));
    await testSvid(loaded, 'reviews');
  });

  test('names its root by the hash of the DER', async () => {
    assert.equal(authority.rootHash(), hex(await sha256(decodeOnePem('CERTIFICATE', authority.bundle()))));
  });

  test('refuses material that does not belong together', async () => {
    const other = (await testAuthority()).export();
    const own = authority.export();
    const bad: [object, string][] = [
      [{ ...own, intermediateKeyPem: other.intermediateKeyPem }, 'certificate_signature'],
      [{ ...own, rootsPem: other.rootsPem }, 'authority_material'],
      [{ ...own, trustDomain: 'Bad' }, 'authority_material'],
      [{ ...own, rootsPem: '' }, 'authority_material'],
      [{ ...own, version: 2 }, 'authority_material'],
      [{ ...own, extra: 1 }, 'authority_material'],
      [{ ...own, intermediateKeyPem: own.rootsPem }, 'authority_material'],
      [{ ...own, intermediatePem: own.rootsPem }, 'chain_root'],
    ];
    for (const [material, code] of bad)
      await assert.rejects(Authority.load(material, testPorts()), coded(code));
  });
});
