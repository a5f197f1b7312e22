import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type Name,
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

/** WebCrypto's parameters of a key that signs certificates. */
export type SigningAlgorithm =
  | { readonly name: 'ECDSA'; readonly namedCurve: 'P-256' | 'P-384'; readonly hash: string }
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: string };

/** Who signs: DER of its certificate, and its private key. */
export interface Issuer {
  readonly der: Bytes;
  readonly key: CryptoKey;
  /** P-256 unless told otherwise. */
  readonly algorithm?: SigningAlgorithm;
}

/** A self-signed root with room for one intermediate. */
export async function issueRoot(terms: Terms, trustDomain: string, keys: CryptoKeyPair): Promise<Bytes> {
  const root = await X509CertificateGenerator.createSelfSigned({
    ...validity(terms),
    name: authorityName('root', trustDomain, terms),
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
    subject: authorityName('intermediate', trustDomain, terms),
    issuer: root.subjectName,
    publicKey,
    signingKey: issuer.key,
    signingAlgorithm: issuer.algorithm ?? P256,
    extensions: [
      ...authorityExtensions(0),
      ...(await keyIdentifiers(new PublicKey(await spki(publicKey)), root)),
    ],
  });
  return new Uint8Array(intermediate.rawData);
}

/** The leaf of an X509-SVID: no subject, one critical URI name, for both ends of TLS. */
export function issueLeaf(terms: Terms, id: SpiffeId, publicKey: Bytes, issuer: Issuer): Promise<Bytes> {
  const name = new SubjectAlternativeNameExtension([{ type: 'url', value: formatSpiffeId(id) }], true);
  return signLeaf(terms, publicKey, issuer, [name, ...LEAF_EXTENSIONS]);
}

/** A leaf without a subject, with these extensions and the identifiers of both keys. */
export async function signLeaf(
  terms: Terms,
  publicKey: Bytes,
  issuer: Issuer,
  extensions: readonly Extension[],
): Promise<Bytes> {
  const { name, authorityKey } = await leafIssuer(issuer.der);
  const key = new PublicKey(publicKey);
  const leaf = await X509CertificateGenerator.create({
    ...validity(terms),
    subject: '',
    issuer: name,
    publicKey: key,
    signingKey: issuer.key,
    signingAlgorithm: issuer.algorithm ?? P256,
    extensions: [...extensions, await SubjectKeyIdentifierExtension.create(key), authorityKey],
  });
  return new Uint8Array(leaf.rawData);
}

/** What all SVIDs have. */
const LEAF_EXTENSIONS = [
  new BasicConstraintsExtension(false, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  new ExtendedKeyUsageExtension([Purpose.server, Purpose.client]),
];

/** What all leaves of one issuer have. */
interface LeafIssuer {
  readonly name: Name;
  readonly authorityKey: AuthorityKeyIdentifierExtension;
}

/** By the DER of the issuer: reading it costs a third of a leaf. */
const leafIssuers = new WeakMap<Bytes, Promise<LeafIssuer>>();

/** Throws what the library throws for a broken issuer. */
function leafIssuer(der: Bytes): Promise<LeafIssuer> {
  const known = leafIssuers.get(der) ?? readLeafIssuer(der);
  leafIssuers.set(der, known);
  return known;
}

async function readLeafIssuer(der: Bytes): Promise<LeafIssuer> {
  const { subjectName, publicKey, extensions } = new X509Certificate(der);
  const named = extensions.find((one) => one instanceof SubjectKeyIdentifierExtension);
  // An authority of somebody else's may name its key by another hash than ours.
  const authorityKey = named
    ? new AuthorityKeyIdentifierExtension(named.keyId)
    : await AuthorityKeyIdentifierExtension.create(publicKey);
  return { name: subjectName, authorityKey };
}

/** What the generator wants to know of the terms. */
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

/** Each has a name of its own: while roots overlap nobody must guess which of two was meant. */
function authorityName(kind: 'root' | 'intermediate', trustDomain: string, { serial }: Terms) {
  return [{ O: [trustDomain] }, { CN: [`weft ${kind} ${serial.slice(0, 8)}`] }];
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
