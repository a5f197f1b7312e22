import { sameBytes } from '../bytes.ts';
import { type IdentityCode, IdentityError } from '../identity-error.ts';
import type { SpiffeId } from '../spiffe.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { Purpose, readKeyUsage } from './extensions.ts';
import { isP256Key } from './p256.ts';
import { MAX_PATH, verifyPath } from './path.ts';
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
 * Verifies an X509-SVID up to a trusted root: a path by the rules of RFC 5280 that a mesh needs, a leaf with a P-256 key
 * that names a workload (X509-SVID §4, §5), and authorities that name no other. Throws IdentityError.
 */
export async function verifySvidChain({ chain, roots, trustDomain, now }: SvidChain): Promise<VerifiedSvid> {
  if (chain.length === 0 || chain.length > MAX_PATH)
    throw refusal('chain_length', `${chain.length} certificates`);
  const anchors = roots.map(parseCertificate);
  const sent = chain.map(parseCertificate);
  // A root that was sent along proves nothing; the trusted copy takes its place.
  const path = isAnchor(sent.at(-1), anchors) && sent.length > 1 ? sent.slice(0, -1) : sent;
  const [leaf] = path;
  if (leaf === undefined) throw refusal('chain_length', 'no leaf');
  const id = checkSvid(leaf, trustDomain);
  const checkIssuer = (issuer: Certificate) => checkAuthorityNames(issuer, trustDomain);
  await verifyPath({ path, roots: anchors, now, purpose: Purpose.client, checkIssuer });
  return { id, leaf };
}

function checkSvid(leaf: Certificate, trustDomain: string): SpiffeId {
  const id = leafSpiffeId(leaf, trustDomain);
  if (!isP256Key(leaf.publicKey)) throw refusal('certificate_algorithm', 'leaf has no P-256 key');
  if (!readKeyUsage(leaf)?.digitalSignature) throw refusal('certificate_usage', 'leaf does not sign');
  return id;
}

/** X509-SVID §4.2: a signing certificate may carry the ID of its trust domain, and no other. */
function checkAuthorityNames(authority: Certificate, trustDomain: string): void {
  const { uris } = sanOf(authority);
  if (uris.length > 1) throw refusal('svid_names', 'issuer has many URI names');
  for (const uri of uris) {
    const id = parseSvidUri(uri);
    if (id.trustDomain !== trustDomain)
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
