import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import type { Bytes } from '../bytes.ts';
import { formatSpiffeId, type SpiffeId } from '../spiffe.ts';
import { Purpose } from '../x509/extensions.ts';
import { type Issuer, signLeaf, type Terms } from './certificate-template.ts';

/** What a leaf that is no SVID is for. */
export type SpecialUse =
  /** Signs requests for a workload (RFC 9421); its Ed25519 key is of no use in TLS. */
  | { readonly kind: 'proof'; readonly id: SpiffeId }
  /** Serves HTTPS to clients that know DNS names only; it names no workload, so it is nobody's SVID. */
  | { readonly kind: 'edge'; readonly host: string };

/** A leaf for one special use: one critical name, one purpose. */
export function issueSpecialLeaf(
  terms: Terms,
  use: SpecialUse,
  publicKey: Bytes,
  issuer: Issuer,
): Promise<Bytes> {
  return signLeaf(terms, publicKey, issuer, [
    new SubjectAlternativeNameExtension([nameOf(use)], true),
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([use.kind === 'proof' ? Purpose.proof : Purpose.server]),
  ]);
}

function nameOf(use: SpecialUse): JsonGeneralName {
  return use.kind === 'proof'
    ? { type: 'url', value: formatSpiffeId(use.id) }
    : { type: 'dns', value: use.host };
}
