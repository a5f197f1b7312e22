import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import type { Bytes } from '../bytes.ts';
import { type IdentityCode, IdentityError } from '../identity-error.ts';
import { decodeOnePem, encodePem } from '../pem.ts';
import { inside, readDer, readOctetBits, readUnsigned, Tag } from './der.ts';
import { isP256Key, P256 } from './p256.ts';
import { type RawSignature, rawSignature, signatureAlgorithm, verifySignature } from './signature.ts';

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
  const signed = readRequest(der);
  if (!(await verifySignature(signed)))
    throw refusal('csr_signature', 'does not prove possession of its key');
  return signed.publicKey.slice();
}

const MAX_CSR_BYTES = 4096;
/** [0] attributes of CertificationRequestInfo. */
const ATTRIBUTES = 0xa0;

function readRequest(der: Bytes): RawSignature {
  const request = inside(readDer(der, Tag.sequence));
  const info = request.read(Tag.sequence).raw;
  const publicKey = readInfo(info);
  const algorithm = signatureAlgorithm(request.read(Tag.sequence).raw);
  if (algorithm?.key !== 'P-256') throw refusal('csr_key', 'is not signed by ECDSA P-256');
  const signature = rawSignature(algorithm, readOctetBits(request));
  if (signature === undefined) throw refusal('csr_malformed', 'has no ECDSA signature');
  request.end();
  return { algorithm, publicKey, signature, data: info };
}

function readInfo(raw: Uint8Array): Uint8Array {
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
  return publicKey;
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `certificate request ${detail}`);
}
