import { certified, type Enrolment } from './enrol.ts';
import { IdentityError } from './identity-error.ts';
import { literal, record, ShapeError, text, whole } from './json-shape.ts';
import type { Membership } from './membership.ts';
import { decodeOnePem, decodePem } from './pem.ts';
import { parseCertificate } from './x509/certificate.ts';
import { importKeyPair } from './x509/p256.ts';

/** An SVID, and when control gave it (ms since the epoch): leaves are back-dated, so they do not tell. */
export interface StoredIdentity extends Enrolment {
  readonly receivedAt: number;
}

const pem = text(64 * 1024);
const shape = record({ format: literal(1), key: pem, chain: pem, roots: pem, receivedAt: whole });

/** Key, chain and roots as JSON, to be kept in a file that only its owner can read. */
export function identityText({ svid, bundle, receivedAt }: StoredIdentity): string {
  const { keyPem: key, chainPem: chain } = svid;
  return JSON.stringify({ format: 1, key, chain, roots: bundle.rootsPem, receivedAt });
}

/** Reads what `identityText` wrote, and believes no more of it than of an answer of control. Throws IdentityError. */
export async function readIdentity(
  json: string,
  membership: Membership,
  now: number,
): Promise<StoredIdentity> {
  const { key, chain, roots, receivedAt } = readShape(json);
  const keys = await importKeyPair(decodeOnePem('PRIVATE KEY', key)).catch((cause: unknown) => {
    throw new IdentityError('stored_identity', 'the stored key is not a P-256 key', cause);
  });
  const ders = { chain: decodePem('CERTIFICATE', chain), roots: decodePem('CERTIFICATE', roots) };
  return { ...(await certified({ ...ders, keys, membership, now })), receivedAt };
}

/**
 * The same of an SVID that is over: what it was at its last moment. Throws IdentityError where it is not over, or was
 * nothing then.
 */
export async function readPastIdentity(
  json: string,
  membership: Membership,
  now: number,
): Promise<StoredIdentity> {
  const [leaf = new Uint8Array()] = decodePem('CERTIFICATE', readShape(json).chain);
  const { notAfter } = parseCertificate(leaf);
  if (now <= notAfter) throw new IdentityError('stored_identity', 'the stored identity is not over');
  return readIdentity(json, membership, notAfter);
}

function readShape(json: string) {
  try {
    return shape(JSON.parse(json), '');
  } catch (cause) {
    // The parser's own message may quote the text, and with it the key.
    const detail = cause instanceof ShapeError ? cause.message : 'is not JSON';
    throw new IdentityError('stored_identity', `the stored identity ${detail}`);
  }
}
