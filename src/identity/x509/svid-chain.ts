import 'reflect-metadata';
import { PublicKey, X509Certificate } from '@peculiar/x509';
import { sameBytes } from '../bytes.ts';
import { type IdentityCode, IdentityError } from '../identity-error.ts';
import type { SpiffeId } from '../spiffe.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import {
  Oid,
  Purpose,
  readAuthorityKeyId,
  readBasicConstraints,
  readKeyUsage,
  readPurposes,
  readSubjectKeyId,
} from './extensions.ts';
import { isEcdsaSha256, isEcdsaSignature, isP256Key } from './p256.ts';
import { leafSpiffeId, parseSvidUri } from './peer-id.ts';
import { sanOf } from './san.ts';

/** A chain to verify. Times in milliseconds since the epoch. */
export interface SvidChain {
  /** DER, leaf first, each issued by the next; with its root at most four. */
  readonly chain: readonly Uint8Array[];
  /** DER of the roots that are trusted. */
  readonly roots: readonly Uint8Array[];
  readonly trustDomain: string;
  readonly now: number;
}

/** What a verified chain proves. */
export interface VerifiedSvid {
  readonly id: SpiffeId;
  readonly leaf: Certificate;
}

/**
 * Verifies an X509-SVID up to a trusted root: names, times, usages, path lengths and signatures, all P-256. Anything
 * unknown that is critical refuses it. Throws IdentityError.
 */
export async function verifySvidChain({ chain, roots, trustDomain, now }: SvidChain): Promise<VerifiedSvid> {
  if (chain.length === 0 || chain.length > MAX_CHAIN)
    throw refusal('chain_length', `${chain.length} certificates`);
  const anchors = roots.map(parseCertificate);
  const sent = chain.map(parseCertificate);
  // A root that was sent along proves nothing; the trusted copy takes its place.
  const path = isAnchor(sent.at(-1), anchors) && sent.length > 1 ? sent.slice(0, -1) : sent;
  if (path.length >= MAX_CHAIN) throw refusal('chain_length', 'no room for the root');
  const [leaf, ...intermediates] = path;
  if (leaf === undefined) throw refusal('chain_length', 'no leaf');
  const id = checkLeaf(leaf, trustDomain, now);
  intermediates.forEach((one, below) => {
    checkAuthority(one, below, trustDomain, now);
  });
  await checkLinks(path);
  await checkAnchor(path, anchors, trustDomain, now);
  return { id, leaf };
}

const MAX_CHAIN = 4;
const KNOWN = new Set<string>(Object.values(Oid));

function checkLeaf(leaf: Certificate, trustDomain: string, now: number): SpiffeId {
  checkProfile(leaf, now);
  const id = leafSpiffeId(leaf, trustDomain);
  if (!readKeyUsage(leaf)?.digitalSignature) throw refusal('certificate_usage', 'leaf does not sign');
  const purposes = readPurposes(leaf);
  if (!purposes?.includes(Purpose.client)) throw refusal('certificate_usage', 'leaf is not for clients');
  return id;
}

/** `below`: how many intermediates stand between this one and the leaf. */
function checkAuthority(authority: Certificate, below: number, trustDomain: string, now: number): void {
  checkProfile(authority, now);
  const constraints = readBasicConstraints(authority);
  if (!constraints?.ca || !constraints.critical)
    throw refusal('certificate_authority', 'issuer is no authority');
  if ((constraints.pathLength ?? below) < below) throw refusal('certificate_authority', 'path is too long');
  if (!readKeyUsage(authority)?.keyCertSign) throw refusal('certificate_usage', 'issuer may not sign');
  if (readPurposes(authority)?.includes(Purpose.client) === false) {
    throw refusal('certificate_usage', 'issuer is not for clients');
  }
  checkAuthorityNames(authority, trustDomain);
}

/** X509-SVID §4.2: a signing certificate may carry the ID of its trust domain, and no other. */
function checkAuthorityNames(authority: Certificate, trustDomain: string): void {
  const { uris, subjectEmpty } = sanOf(authority);
  if (subjectEmpty) throw refusal('certificate_authority', 'issuer has no name');
  if (uris.length > 1) throw refusal('svid_names', 'issuer has many URI names');
  for (const uri of uris) {
    const id = parseSvidUri(uri);
    if (id.trustDomain !== trustDomain)
      throw refusal('svid_trust_domain', 'issuer is of another trust domain');
    if (id.path !== '') throw refusal('svid_authority', 'issuer is named as a workload');
  }
}

function checkProfile(certificate: Certificate, now: number): void {
  if (!isEcdsaSha256(certificate.algorithm) || !isP256Key(certificate.publicKey)) {
    throw refusal('certificate_algorithm', 'not ECDSA P-256 with SHA-256');
  }
  if (!isEcdsaSignature(certificate.signature)) throw refusal('certificate_malformed', 'signature');
  if (now < certificate.notBefore) throw refusal('certificate_not_yet_valid', 'not yet valid');
  if (now > certificate.notAfter) throw refusal('certificate_expired', 'expired');
  const unknown = certificate.extensions.find((one) => one.critical && !KNOWN.has(one.oid));
  if (unknown) throw refusal('certificate_extension', `critical extension ${unknown.oid}`);
}

async function checkLinks(path: readonly Certificate[]): Promise<void> {
  for (const [i, certificate] of path.entries()) {
    const issuer = path[i + 1];
    if (issuer === undefined) return;
    if (!(await isIssuedBy(certificate, issuer))) throw refusal('certificate_signature', 'chain is broken');
  }
}

async function checkAnchor(
  path: readonly Certificate[],
  anchors: readonly Certificate[],
  trustDomain: string,
  now: number,
): Promise<void> {
  const last = path.at(-1);
  let reason: unknown = refusal('chain_root', 'no trusted root issued the chain');
  for (const anchor of anchors) {
    if (last === undefined || !(await isIssuedBy(last, anchor))) continue;
    try {
      checkAuthority(anchor, path.length - 1, trustDomain, now);
      return;
    } catch (cause) {
      // While roots overlap, another one of the same key may still stand.
      reason = cause;
    }
  }
  throw reason;
}

/** Names, key identifiers where both have one, and the signature. */
async function isIssuedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  if (!sameBytes(certificate.issuer, issuer.subject) || !isP256Key(issuer.publicKey)) return false;
  const [wanted, has] = [readAuthorityKeyId(certificate), readSubjectKeyId(issuer)];
  if (wanted && has && !sameBytes(wanted, has)) return false;
  try {
    const publicKey = new PublicKey(issuer.publicKey.slice());
    return await new X509Certificate(certificate.der).verify({ publicKey, signatureOnly: true });
  } catch {
    return false;
  }
}

function isAnchor(certificate: Certificate | undefined, anchors: readonly Certificate[]): boolean {
  return certificate !== undefined && anchors.some((anchor) => sameBytes(anchor.der, certificate.der));
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `certificate chain: ${detail}`);
}
