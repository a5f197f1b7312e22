import 'reflect-metadata';
import { Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import type { Bytes } from '../bytes.ts';
import { type IdentityCode, IdentityError } from '../identity-error.ts';
import { decodeOnePem, encodePem } from '../pem.ts';
import { inside, readDer, readOctetBits, readUnsigned, Tag } from './der.ts';
import { isEcdsaSha256, isEcdsaSignature, isP256Key, P256 } from './p256.ts';

/** A PKCS#10 request (RFC 2986) for a P-256 key, PEM. It asks for no name: the attestor decides that. */
export async function createCsr(keys: CryptoKeyPair): Promise<string> {
  const request = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: P256 });
  return encodePem('CERTIFICATE REQUEST', new Uint8Array(request.rawData));
}

/**
 * The SubjectPublicKeyInfo of a request that proves possession of a P-256 key and asks for nothing else. A subject,
 * attributes and extensions are refused, lest somebody believe that they were granted. Throws IdentityError.
 */
export async function verifyCsr(csrPem: string): Promise<Bytes> {
  const der = decodeOnePem('CERTIFICATE REQUEST', csrPem);
  if (der.length > MAX_CSR_BYTES) throw refusal('csr_malformed', 'is too long');
  const publicKey = readRequest(der);
  if (!(await isSigned(der))) throw refusal('csr_signature', 'does not prove possession of its key');
  return publicKey;
}

const MAX_CSR_BYTES = 4096;
/** [0] attributes of CertificationRequestInfo. */
const ATTRIBUTES = 0xa0;

function readRequest(der: Bytes): Bytes {
  const request = inside(readDer(der, Tag.sequence));
  const publicKey = readInfo(request.read(Tag.sequence).raw);
  if (!isEcdsaSha256(request.read(Tag.sequence).raw))
    throw refusal('csr_key', 'is not signed by ECDSA P-256');
  if (!isEcdsaSignature(readOctetBits(request))) throw refusal('csr_malformed', 'has no ECDSA signature');
  request.end();
  return publicKey;
}

function readInfo(raw: Uint8Array): Bytes {
  const info = inside(readDer(raw, Tag.sequence));
  const version = readUnsigned(info);
  if (version.length !== 1 || version[0] !== 0) throw refusal('csr_malformed', 'is not version 1');
  if (info.read(Tag.sequence).content.length > 0) throw refusal('csr_subject', 'names a subject');
  const publicKey = info.read(Tag.sequence).raw;
  const attributes = info.readOptional(ATTRIBUTES);
  info.end();
  if (attributes !== undefined && attributes.content.length > 0) {
    throw refusal('csr_attributes', 'has attributes or extensions');
  }
  if (!isP256Key(publicKey)) throw refusal('csr_key', 'has no P-256 key');
  return publicKey.slice();
}

async function isSigned(der: Bytes): Promise<boolean> {
  try {
    return await new Pkcs10CertificateRequest(der).verify();
  } catch {
    return false;
  }
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `certificate request ${detail}`);
}
