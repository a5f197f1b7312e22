import { sameBytes } from '../bytes.ts';
import { type IdentityCode, IdentityError } from '../identity-error.ts';
import type { SpiffeId } from '../spiffe.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { Purpose, readKeyUsage } from './extensions.ts';
import { MAX_PATH, verifyPath } from './path.ts';
import { leafSpiffeId, parseSvidUri } from './peer-id.ts';
import { type KeyKind, keyKind } from './public-key.ts';
import { sanOf } from './san.ts';

/** A chain to verify. Times in milliseconds since the epoch. */
export interface SvidChain {
  /** DER, leaf first, each issued by the next; with its root at most four. */
  readonly chain: readonly Uint8Array[];
  /** DER of the roots that are trusted. */
  readonly roots: readonly Uint8Array[];
  /** Of the leaf. */
  readonly trustDomain: string;
  /** Other names of that trust domain, which authorities may have; none without it. */
  readonly aliases?: readonly string[];
  /** What the leaf must be for: a client unless told otherwise. */
  readonly purpose?: keyof typeof Purpose;
  readonly now: number;
}

/** What a verified chain proves. */
export interface VerifiedSvid {
  readonly id: SpiffeId;
  readonly leaf: Certificate;
  /** When every certificate of the path is valid, its root too; both ends belong to it. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Verifies an X509-SVID up to a trusted root: a path by the rules of RFC 5280 that a mesh needs, a leaf with a P-256 key
 * (of a proof: Ed25519) that names a workload (X509-SVID §4, §5), and authorities that name no other. Throws
 * IdentityError.
 */
export async function verifySvidChain(given: SvidChain): Promise<VerifiedSvid> {
  const { chain, roots, trustDomain, aliases = [], purpose = 'client', now } = given;
  if (chain.length === 0 || chain.length > MAX_PATH)
    throw refusal('chain_length', `${chain.length} certificates`);
  const anchors = roots.map(parseCertificate);
  const sent = chain.map(parseCertificate);
  // A root that was sent along proves nothing; the trusted copy takes its place.
  const path = isAnchor(sent.at(-1), anchors) && sent.length > 1 ? sent.slice(0, -1) : sent;
  const [leaf] = path;
  if (leaf === undefined) throw refusal('chain_length', 'no leaf');
  const id = checkSvid(leaf, trustDomain, purpose === 'proof' ? 'Ed25519' : 'P-256');
  const domains = [trustDomain, ...aliases];
  const checkIssuer = (issuer: Certificate) => checkAuthorityNames(issuer, domains);
  const root = await verifyPath({ path, roots: anchors, now, purpose: Purpose[purpose], checkIssuer });
  const whole = [...path, root];
  const notBefore = Math.max(...whole.map((one) => one.notBefore));
  return { id, leaf, notBefore, notAfter: Math.min(...whole.map((one) => one.notAfter)) };
}

function checkSvid(leaf: Certificate, trustDomain: string, kind: KeyKind): SpiffeId {
  const id = leafSpiffeId(leaf, trustDomain);
  if (keyKind(leaf.publicKey) !== kind) throw refusal('certificate_algorithm', `leaf has no ${kind} key`);
  if (!readKeyUsage(leaf)?.digitalSignature) throw refusal('certificate_usage', 'leaf does not sign');
  return id;
}

/** X509-SVID §4.2: a signing certificate may carry the ID of its trust domain, and no other. */
function checkAuthorityNames(authority: Certificate, domains: readonly string[]): void {
  const { uris } = sanOf(authority);
  if (uris.length > 1) throw refusal('svid_names', 'issuer has many URI names');
  for (const uri of uris) {
    const id = parseSvidUri(uri);
    if (!domains.includes(id.trustDomain))
      throw refusal('svid_trust_domain', 'issuer is of another trust domain');
    if (id.path !== '') throw refusal('svid_authority', 'issuer is named as a workload');
  }
}

function isAnchor(certificate: Certificate | undefined, anchors: readonly Certificate[]): boolean {
  return certificate !== undefined && anchors.some((anchor) => sameBytes(anchor.der, certificate.der));
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `certificate chain: ${detail}`);
}
