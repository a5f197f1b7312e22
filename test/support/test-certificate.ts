import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { Purpose } from '../../src/identity/x509/extensions.ts';
import { generateKey, P256 } from '../../src/identity/x509/p256.ts';
import { NOON } from './identity-mesh.ts';

/** A certificate of any shape, right or wrong, with its keys. */
export interface TestCertificate {
  readonly der: Uint8Array<ArrayBuffer>;
  readonly keys: CryptoKeyPair;
  readonly subject: string;
  /** The present when it was issued: what it issues has the same. */
  readonly now: number;
}

export interface TestCertificateOptions {
  readonly issuer?: TestCertificate;
  readonly subject?: string;
  readonly extensions?: readonly Extension[];
  /** The present, NOON unless the issuer says otherwise; ms since the epoch, as the validity. */
  readonly now?: number;
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** The same from the present on: ms, negative for the past. */
  readonly begins?: number;
  readonly ends?: number;
  /** False leaves out the key identifiers of subject and issuer. */
  readonly identifyKeys?: boolean;
}

/** Issues whatever is asked for; self-signed without an issuer. */
export async function testCertificate(options: TestCertificateOptions): Promise<TestCertificate> {
  const keys = await generateKey();
  const subject = options.subject ?? '';
  const now = options.now ?? options.issuer?.now ?? NOON;
  const { begins = -60_000, ends = 3_600_000 } = options;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: '01',
    subject,
    issuer: options.issuer?.subject ?? subject,
    notBefore: new Date(options.notBefore ?? now + begins),
    notAfter: new Date(options.notAfter ?? now + ends),
    publicKey: keys.publicKey,
    signingKey: (options.issuer?.keys ?? keys).privateKey,
    signingAlgorithm: P256,
    extensions: [...(options.extensions ?? []), ...(await keyIdentifiers(keys, options))],
  });
  return { der: new Uint8Array(certificate.rawData), keys, subject, now };
}

export function uriNames(...uris: readonly string[]): Extension {
  return new SubjectAlternativeNameExtension(
    uris.map((value) => ({ type: 'url', value }) as const),
    true,
  );
}

export const caExtensions = (pathLength?: number): Extension[] => [
  new BasicConstraintsExtension(true, pathLength, true),
  new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
];

export const leafExtensions = (...uris: readonly string[]): Extension[] => [
  uriNames(...uris),
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  new ExtendedKeyUsageExtension([Purpose.server, Purpose.client]),
];

async function keyIdentifiers(keys: CryptoKeyPair, options: TestCertificateOptions): Promise<Extension[]> {
  if (options.identifyKeys === false) return [];
  const issuer = (options.issuer?.keys ?? keys).publicKey;
  return [
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer),
  ];
}
