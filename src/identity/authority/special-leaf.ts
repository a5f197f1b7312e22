import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Bytes } from '../bytes.ts';
import { formatSpiffeId, type SpiffeId } from '../spiffe.ts';
import { Purpose } from '../x509/extensions.ts';
import { P256 } from '../x509/p256.ts';
import { type Issuer, leafIssuer, type Terms, validity } from './certificate-template.ts';

/** What a leaf that is no SVID is for. */
export type SpecialUse =
  /** Signs requests for a workload (RFC 9421); its Ed25519 key is of no use in TLS. */
  | { readonly kind: 'proof'; readonly id: SpiffeId }
  /** Serves HTTPS to clients that know DNS names only; it names no workload, so it is nobody's SVID. */
  | { readonly kind: 'edge'; readonly host: string };

/** A leaf for one special use, without a subject: one critical name, one purpose. */
export async function issueSpecialLeaf(
  terms: Terms,
  use: SpecialUse,
  publicKey: Bytes,
  issuer: Issuer,
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
    extensions: [
      new SubjectAlternativeNameExtension([nameOf(use)], true),
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([use.kind === 'proof' ? Purpose.proof : Purpose.server]),
      await SubjectKeyIdentifierExtension.create(key),
      authorityKey,
    ],
  });
  return new Uint8Array(leaf.rawData);
}

function nameOf(use: SpecialUse): JsonGeneralName {
  return use.kind === 'proof'
    ? { type: 'url', value: formatSpiffeId(use.id) }
    : { type: 'dns', value: use.host };
}
