import { sameBytes } from '../bytes.ts';
import { type IdentityCode, IdentityError } from '../identity-error.ts';
import { type Certificate, extension } from './certificate.ts';
import { inside, readDer, Tag } from './der.ts';
import {
  checkInfoAccess,
  Oid,
  readAuthorityKey,
  readBasicConstraints,
  readKeyUsage,
  readPurposes,
  readSubjectKeyId,
} from './extensions.ts';
import { checkLeafNames } from './leaf-names.ts';
import { keyKind } from './public-key.ts';
import { rawSignature, signatureAlgorithm } from './signature.ts';

/** What certificates are judged for. */
export interface CertificateUse {
  /** Milliseconds since the epoch; validities count whole seconds (RFC 5280 §4.1.2.5). */
  readonly now: number;
  /** The OID of the extended key usage that the leaf must have. */
  readonly purpose: string;
}

/** Throws IdentityError unless a certificate may stand at the end of a path (RFC 5280 §4.2). */
export function checkLeaf(leaf: Certificate, { now, purpose }: CertificateUse): void {
  checkSigned(leaf);
  checkCertificate(leaf, now);
  const usage = readKeyUsage(leaf);
  if (readBasicConstraints(leaf)?.ca || usage?.keyCertSign || usage?.crlSign)
    throw refusal('svid_authority', 'leaf is an authority');
  if (extension(leaf, Oid.nameConstraints))
    throw refusal('certificate_constraints', 'leaf has name constraints');
  const purposes = readPurposes(leaf);
  if (!purposes?.includes(purpose) || purposes.includes(ANY_PURPOSE))
    throw refusal('certificate_usage', `leaf is not for ${purpose}`);
  checkAuthorityKey(leaf);
  checkLeafNames(leaf);
}

/** Throws IdentityError unless a certificate may stand between a leaf and its root. */
export function checkIntermediate(intermediate: Certificate, use: CertificateUse): void {
  checkSigned(intermediate);
  checkAuthority(intermediate, use);
  checkAuthorityKey(intermediate);
  if (readPurposes(intermediate)?.includes(use.purpose) === false)
    throw refusal('certificate_usage', `issuer is not for ${use.purpose}`);
}

/** Throws IdentityError unless a trusted certificate may stand at the top. Nobody needs its own signature. */
export function checkRoot(root: Certificate, use: CertificateUse): void {
  checkAuthority(root, use);
  if (isSelfIssued(root)) checkSelfIssued(root);
  else checkIntermediate(root, use);
}

/** Whether subject and issuer are the same name (RFC 5280 §6.1). */
export function isSelfIssued(certificate: Certificate): boolean {
  return sameBytes(certificate.subject, certificate.issuer);
}
const ANY_PURPOSE = '2.5.29.37.0';
/** Those of ours that may be critical; the rest must not (§4.2.1.1, §4.2.1.2, §4.2.2.1; extended key usage: CA/B BR). */
const CRITICAL: ReadonlySet<string> = new Set([
  Oid.keyUsage,
  Oid.subjectAltName,
  Oid.basicConstraints,
  Oid.nameConstraints,
]);

function checkSelfIssued(root: Certificate): void {
  if (readPurposes(root) !== undefined) throw refusal('certificate_usage', 'root has an extended key usage');
  const key = readAuthorityKey(root);
  if (key === undefined) return;
  const own = readSubjectKeyId(root);
  if (key.named || !key.keyId || !own || !sameBytes(key.keyId, own))
    throw refusal('certificate_extension', 'root names another key as its authority');
}

function checkAuthority(authority: Certificate, { now }: CertificateUse): void {
  checkCertificate(authority, now);
  const constraints = readBasicConstraints(authority);
  if (!constraints?.ca || !constraints.critical)
    throw refusal('certificate_authority', 'issuer is no authority');
  if (!readKeyUsage(authority)?.keyCertSign) throw refusal('certificate_usage', 'issuer may not sign');
  if (isEmpty(authority.subject)) throw refusal('certificate_authority', 'issuer has no name');
  if (!readSubjectKeyId(authority)) throw refusal('certificate_extension', 'issuer has no key identifier');
}

/** What holds for every certificate. */
function checkCertificate(certificate: Certificate, now: number): void {
  if (keyKind(certificate.publicKey) === undefined)
    throw refusal('certificate_algorithm', 'key is weak, or of no kind that is known');
  const second = Math.floor(now / 1000) * 1000;
  if (second < certificate.notBefore) throw refusal('certificate_not_yet_valid', 'not yet valid');
  if (second > certificate.notAfter) throw refusal('certificate_expired', 'expired');
  if (isEmpty(certificate.issuer)) throw refusal('certificate_authority', 'issuer has no name');
  const critical = certificate.extensions.find((one) => one.critical && !CRITICAL.has(one.oid));
  if (critical) throw refusal('certificate_extension', `critical extension ${critical.oid}`);
  // It must be critical (§4.2.1.11), and no policy is processed here.
  if (extension(certificate, Oid.policyConstraints))
    throw refusal('certificate_extension', 'policy constraints');
  checkInfoAccess(certificate);
}

/** Old roots alone may have the serial number zero (§4.1.2.2). */
function checkSigned({ serial, algorithm, signature }: Certificate): void {
  if (serial.length === 1 && serial[0] === 0) throw refusal('certificate_malformed', 'serial number zero');
  const known = signatureAlgorithm(algorithm);
  if (known === undefined) throw refusal('certificate_algorithm', 'signature is of no kind that is known');
  if (!rawSignature(known, signature)) throw refusal('certificate_malformed', 'signature');
}

function checkAuthorityKey(certificate: Certificate): void {
  if (!readAuthorityKey(certificate)?.keyId)
    throw refusal('certificate_extension', 'issuer is not named by its key identifier');
}

function isEmpty(name: Uint8Array): boolean {
  return inside(readDer(name, Tag.sequence)).next === undefined;
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `certificate: ${detail}`);
}
