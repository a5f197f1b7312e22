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
import type { Bytes } from '../bytes.ts';
import { formatSpiffeId, type SpiffeId } from '../spiffe.ts';
import { Purpose } from '../x509/extensions.ts';
import { P256 } from '../x509/p256.ts';

/** What every certificate of ours has. Times in milliseconds since the epoch, cut to seconds. */
export interface Terms {
  /** Hexadecimal, unsigned. */
  readonly serial: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Who signs: DER of its certificate, and its private key. */
export interface Issuer {
  readonly der: Bytes;
  readonly key: CryptoKey;
}

/** A self-signed root with room for one intermediate. */
export async function issueRoot(terms: Terms, trustDomain: string, keys: CryptoKeyPair): Promise<Bytes> {
  const root = await X509CertificateGenerator.createSelfSigned({
    ...validity(terms),
    name: [{ O: [trustDomain] }, { CN: ['weft root'] }],
    signingAlgorithm: P256,
    keys,
    extensions: [...authorityExtensions(1), await SubjectKeyIdentifierExtension.create(keys.publicKey)],
  });
  return new Uint8Array(root.rawData);
}

/** An intermediate that may issue leaves only. */
export async function issueIntermediate(
  terms: Terms,
  trustDomain: string,
  publicKey: CryptoKey,
  issuer: Issuer,
): Promise<Bytes> {
  const root = new X509Certificate(issuer.der);
  const intermediate = await X509CertificateGenerator.create({
    ...validity(terms),
    subject: [{ O: [trustDomain] }, { CN: ['weft intermediate'] }],
    issuer: root.subjectName,
    publicKey,
    signingKey: issuer.key,
    signingAlgorithm: P256,
    extensions: [
      ...authorityExtensions(0),
      ...(await keyIdentifiers(new PublicKey(await spki(publicKey)), root)),
    ],
  });
  return new Uint8Array(intermediate.rawData);
}

/** The leaf of an X509-SVID: no subject, one critical URI name, for both ends of TLS. */
export async function issueLeaf(
  terms: Terms,
  id: SpiffeId,
  publicKey: Bytes,
  issuer: Issuer,
): Promise<Bytes> {
  const intermediate = new X509Certificate(issuer.der);
  const key = new PublicKey(publicKey);
  const leaf = await X509CertificateGenerator.create({
    ...validity(terms),
    subject: '',
    issuer: intermediate.subjectName,
    publicKey: key,
    signingKey: issuer.key,
    signingAlgorithm: P256,
    extensions: [
      new SubjectAlternativeNameExtension([{ type: 'url', value: formatSpiffeId(id) }], true),
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([Purpose.server, Purpose.client]),
      ...(await keyIdentifiers(key, intermediate)),
    ],
  });
  return new Uint8Array(leaf.rawData);
}

function validity({ serial, notBefore, notAfter }: Terms) {
  return {
    serialNumber: serial,
    notBefore: new Date(seconds(notBefore)),
    notAfter: new Date(seconds(notAfter)),
  };
}

function seconds(time: number): number {
  return Math.floor(time / 1000) * 1000;
}

function authorityExtensions(pathLength: number) {
  return [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ];
}

async function keyIdentifiers(publicKey: PublicKey, issuer: X509Certificate) {
  return [
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
}

async function spki(publicKey: CryptoKey): Promise<ArrayBuffer> {
  return crypto.subtle.exportKey('spki', publicKey);
}
