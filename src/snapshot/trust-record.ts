import { type Denial, MAX_DENIALS } from '../identity/deny-list.ts';
import { signJws, verifyJws } from './jws.ts';
import { limit } from './limit.ts';
import { check, integer, list, oneOf, record, type Shape, text } from './shape.ts';
import type { SigningKey, VerifyingKey } from './signing-key.ts';
import { SnapshotError } from './snapshot-error.ts';

/**
 * Whom a trust domain believes now, signed like a manifest and kept under `trust`: roots come and go, and certificates
 * are revoked, without any configuration being compiled anew.
 */
export interface TrustRecord {
  readonly format: 1;
  readonly trustDomain: string;
  /** Goes up with every change; readers never go back. */
  readonly sequence: number;
  /** PEM, one each. */
  readonly roots: readonly string[];
  /** SHA-256 (hexadecimal) of the root whose intermediate issues: certificates of another are to be renewed. */
  readonly issuing: string;
  readonly denied: readonly Denial[];
}

/** Where the record is stored. */
export const trustKey = 'trust';

/** As a compact JWS. Throws E_FORMAT, E_SIZE. */
export async function signTrustRecord(trust: TrustRecord, key: SigningKey): Promise<Uint8Array<ArrayBuffer>> {
  check(shape, trust, 'trust record');
  const bytes = await signJws(trust, TYPE, key);
  if (bytes.length > limit.trustRecord) throw new SnapshotError('E_SIZE', `${bytes.length} bytes`);
  return bytes;
}

/** Throws E_SIZE, E_SIG, E_FORMAT. Whether the sequence is new is the caller's question. */
export async function verifyTrustRecord(
  bytes: Uint8Array<ArrayBuffer>,
  keys: readonly VerifyingKey[],
  expected: { readonly trustDomain: string },
): Promise<TrustRecord> {
  const trust = check(shape, await verifyJws(bytes, TYPE, keys, limit.trustRecord), 'trust record');
  if (trust.trustDomain !== expected.trustDomain)
    throw new SnapshotError('E_FORMAT', `trust record of ${JSON.stringify(trust.trustDomain)}`);
  return trust;
}

const TYPE = 'weft-trust+json';
const MAX_ROOTS = 8;

const denial: Shape<Denial> = record<Denial>({ kind: oneOf('id', 'serial'), value: text(2048) });

const shape: Shape<TrustRecord> = record<TrustRecord>({
  format: oneOf(1),
  trustDomain: text(255),
  sequence: integer(1),
  roots: list(text(16 * 1024), MAX_ROOTS, 1),
  issuing: text(64),
  denied: list(denial, MAX_DENIALS),
});
