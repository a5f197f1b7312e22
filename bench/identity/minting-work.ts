import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { limitsOf } from '../../control/attest/attestors.ts';
import { certify } from '../../control/certification.ts';
import { RenewalAttestor } from '../../src/identity/attest/renewal-attestor.ts';
import { Authority } from '../../src/identity/authority/authority.ts';
import { formatSpiffeId, workloadId } from '../../src/identity/spiffe.ts';
import { createCsr } from '../../src/identity/x509/csr.ts';
import { exportPublicKey, generateKey, P256 } from '../../src/identity/x509/p256.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import type { SlowWork } from '../call-time.ts';

const HOUR = 3_600_000;
const TRUST_DOMAIN = 'cluster.local';
const clock = { now: () => Date.now() };
const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

const LIMITS = { namespaces: ['default'], serviceAccounts: ['reviews', 'ratings'], maxTtl: HOUR };

/** One leaf from its request to its entry in the log of issuances, as control does it. */
export async function mint(): Promise<SlowWork> {
  const authority = await Authority.create({ trustDomain: TRUST_DOMAIN, clock, random });
  const parts = { authority, store: new MemoryStore(), clock, log: quiet, svidTtlMs: HOUR };
  const csr = await createCsr(await generateKey());
  const attestor = new RenewalAttestor(limitsOf(LIMITS));
  const id = workloadId(TRUST_DOMAIN, 'default', 'reviews');
  return async (times) => {
    for (let i = 0; i < times; i++) {
      const attested = await attestor.attest({ id, serial: '00' });
      if (attested.kind === 'refused') throw new Error(attested.reason);
      await certify(parts, csr, attested);
    }
  };
}

/** The same leaf by the library alone: its key is known and nothing is checked or written down. */
export async function bareMint(): Promise<SlowWork> {
  const keys = await generateKey();
  const issuer = new X509Certificate(new Uint8Array(await bareIssuer(keys)));
  const publicKey = new PublicKey(await exportPublicKey((await generateKey()).publicKey));
  const id = formatSpiffeId(workloadId(TRUST_DOMAIN, 'default', 'reviews'));
  return async (times) => {
    for (let i = 0; i < times; i++) await bareLeaf(issuer, keys.privateKey, publicKey, id);
  };
}

async function bareLeaf(issuer: X509Certificate, signingKey: CryptoKey, publicKey: PublicKey, id: string) {
  const now = Date.now();
  const leaf = await X509CertificateGenerator.create({
    serialNumber: Buffer.from(random.bytes(16)).toString('hex'),
    notBefore: new Date(now),
    notAfter: new Date(now + HOUR),
    subject: '',
    issuer: issuer.subjectName,
    publicKey,
    signingKey,
    signingAlgorithm: P256,
    extensions: [
      new SubjectAlternativeNameExtension([{ type: 'url', value: id }], true),
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return leaf.toString('pem');
}

async function bareIssuer(keys: CryptoKeyPair): Promise<ArrayBuffer> {
  const issuer = await X509CertificateGenerator.createSelfSigned({
    name: [{ O: [TRUST_DOMAIN] }, { CN: ['weft intermediate'] }],
    signingAlgorithm: P256,
    keys,
  });
  return issuer.rawData;
}
