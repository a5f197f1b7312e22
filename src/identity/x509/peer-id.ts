import { type IdentityCode, IdentityError } from '../identity-error.ts';
import { parseSpiffeId, SpiffeError, type SpiffeId } from '../spiffe.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { readKeyUsage } from './extensions.ts';
import { sanOf } from './san.ts';

/**
 * The SPIFFE ID of a peer's leaf certificate (X509-SVID §2, §4, §5): one URI name, a path, our trust domain, no
 * authority. Throws IdentityError. Judges the leaf alone; its chain is verified elsewhere.
 */
export function peerSpiffeId(der: Uint8Array, trustDomain: string): SpiffeId {
  return leafSpiffeId(parseCertificate(der), trustDomain);
}

/** The same for a parsed certificate. */
export function leafSpiffeId(leaf: Certificate, trustDomain: string): SpiffeId {
  const san = sanOf(leaf);
  const [uri, ...more] = san.uris;
  if (uri === undefined || more.length > 0) throw refusal('svid_names', `${san.uris.length} URI names`);
  if (san.subjectEmpty && !san.sanCritical) throw refusal('svid_names', 'no subject and no critical name');
  const id = parseSvidUri(uri);
  if (id.path === '') throw refusal('svid_id', 'the ID of a workload has a path');
  if (id.trustDomain !== trustDomain) throw refusal('svid_trust_domain', `of trust domain ${id.trustDomain}`);
  const usage = readKeyUsage(leaf);
  if (san.isCa || usage?.keyCertSign || usage?.crlSign) throw refusal('svid_authority', 'signs certificates');
  return id;
}

/** The SPIFFE ID that a URI name spells; throws `svid_id`. */
export function parseSvidUri(uri: string): SpiffeId {
  try {
    return parseSpiffeId(uri);
  } catch (cause) {
    if (cause instanceof SpiffeError) throw new IdentityError('svid_id', cause.message, cause);
    throw cause;
  }
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `leaf certificate: ${detail}`);
}
