import { sameBytes } from '../bytes.ts';
import { type IdentityCode, IdentityError } from '../identity-error.ts';
import type { Certificate } from './certificate.ts';
import {
  type CertificateUse,
  checkIntermediate,
  checkLeaf,
  checkRoot,
  isSelfIssued,
} from './certificate-rules.ts';
import { readAuthorityKeyId, readBasicConstraints, readSubjectKeyId } from './extensions.ts';
import { checkConstrained, readNameConstraints } from './name-constraints.ts';
import { rawSignature, signatureAlgorithm, verifySignature } from './signature.ts';

/** A path to verify. */
export interface PathCheck extends CertificateUse {
  /** Leaf first, each issued by the next, without the root; at most three. */
  readonly path: readonly Certificate[];
  /** The roots that are trusted. */
  readonly roots: readonly Certificate[];
  /** Throws where an intermediate or the root breaks a rule of the caller. */
  readonly checkIssuer?: (issuer: Certificate) => void;
  /** How many intermediates there may be, self-issued ones not counted. */
  readonly maxDepth?: number;
}

/** With its root. */
export const MAX_PATH = 4;

/**
 * Verifies a certification path by a narrow profile of RFC 5280 §6.1, and gives the root that it leads to. Anything
 * that is critical and not understood refuses it. Throws IdentityError.
 */
export async function verifyPath(check: PathCheck): Promise<Certificate> {
  const [leaf, ...intermediates] = check.path;
  if (leaf === undefined) throw refusal('chain_length', 'no leaf');
  if (check.path.length >= MAX_PATH) throw refusal('chain_length', 'too long, with its root');
  checkLeaf(leaf, check);
  for (const one of intermediates) checkIntermediate(one, check);
  for (const one of intermediates) check.checkIssuer?.(one);
  checkDepths(check.path, check.maxDepth);
  for (const one of intermediates) checkBelow(check.path, one);
  await checkLinks(check.path);
  return findRoot(check);
}

/** Names, key identifiers where both have one, and the signature. */
export async function isIssuedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  if (!sameBytes(certificate.issuer, issuer.subject)) return false;
  const [wanted, has] = [readAuthorityKeyId(certificate), readSubjectKeyId(issuer)];
  if (wanted && has && !sameBytes(wanted, has)) return false;
  const algorithm = signatureAlgorithm(certificate.algorithm);
  const signature = algorithm && rawSignature(algorithm, certificate.signature);
  if (algorithm === undefined || signature === undefined) return false;
  return verifySignature({ algorithm, publicKey: issuer.publicKey, signature, data: certificate.tbs });
}

async function findRoot(check: PathCheck): Promise<Certificate> {
  const last = check.path.at(-1);
  let reason: unknown = refusal('chain_root', 'no trusted root issued the chain');
  for (const root of check.roots) {
    if (last === undefined || !(await isIssuedBy(last, root))) continue;
    try {
      checkRoot(root, check);
      check.checkIssuer?.(root);
      const whole = [...check.path, root];
      checkDepths(whole);
      checkBelow(whole, root);
      return root;
    } catch (cause) {
      // While roots overlap, another one of the same key may still stand.
      reason = cause;
    }
  }
  throw reason;
}

/** Path lengths (§4.2.1.9): how many intermediates that are not self-issued stand below each. */
function checkDepths(path: readonly Certificate[], maxDepth?: number): void {
  let below = 0;
  for (const issuer of path.slice(1)) {
    const most = readBasicConstraints(issuer)?.pathLength ?? below;
    if (most < below) throw refusal('certificate_authority', 'path is too long');
    if (!isSelfIssued(issuer)) below += 1;
  }
  if (maxDepth !== undefined && below > maxDepth) throw refusal('chain_length', 'too many intermediates');
}

/** Name constraints stand over all below that are not self-issued, and over the leaf in any case (§6.1.3 b). */
function checkBelow(path: readonly Certificate[], issuer: Certificate): void {
  const constraints = readNameConstraints(issuer);
  if (constraints === undefined) return;
  const below = path.slice(0, path.indexOf(issuer));
  for (const [i, one] of below.entries())
    if (i === 0 || !isSelfIssued(one)) checkConstrained(one, constraints);
}

async function checkLinks(path: readonly Certificate[]): Promise<void> {
  for (const [i, certificate] of path.entries()) {
    const issuer = path[i + 1];
    if (issuer === undefined) return;
    if (!(await isIssuedBy(certificate, issuer))) throw refusal('certificate_signature', 'chain is broken');
  }
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `certificate chain: ${detail}`);
}
