import { base64url, CompactSign } from 'jose';
import { canonicalBytes, decodeJson, type JsonValue } from './canonical-bytes.ts';
import type { SigningKey, VerifyingKey } from './signing-key.ts';
import { SnapshotError } from './snapshot-error.ts';

/** The protected header `typ` (RFC 8725 §3.11): one kind of document never passes for another. */
export type DocumentType = 'weft-manifest+json' | 'weft-endpoints+json' | 'weft-trust+json';

const ALGORITHM = 'EdDSA';

/** A compact JWS (RFC 7515) over the canonical bytes of `document`. */
export async function signJws(
  document: unknown,
  type: DocumentType,
  key: SigningKey,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = { alg: ALGORITHM, kid: key.thumbprint, typ: type };
  const token = await new CompactSign(canonicalBytes(document))
    .setProtectedHeader(header)
    .sign(key.privateKey);
  return new TextEncoder().encode(token);
}

/**
 * The document of a JWS by one of `keys`. Nothing in the token chooses how it is verified: its header must be,
 * letter for letter, the one that such a key writes. Throws E_SIZE, E_SIG, E_FORMAT.
 */
export async function verifyJws(
  bytes: Uint8Array<ArrayBuffer>,
  type: DocumentType,
  keys: readonly VerifyingKey[],
  limit: number,
): Promise<JsonValue> {
  if (bytes.length > limit) throw new SnapshotError('E_SIZE', `${bytes.length} bytes, limit ${limit}`);
  const token = asciiText(bytes);
  const [header, payload, signature, more] = token.split('.', 4);
  if (header === undefined || payload === undefined || signature === undefined || more !== undefined) {
    throw new SnapshotError('E_SIG', 'not a compact JWS');
  }
  const key = keys.find((candidate) => header === expectedHeader(candidate, type));
  if (key === undefined) throw new SnapshotError('E_SIG', `not a ${type} by a trusted key`);
  if (signature.length !== 86) throw new SnapshotError('E_SIG', 'not an Ed25519 signature');
  const content = canonicalPart(payload);
  const signed = bytes.subarray(0, bytes.length - signature.length - 1);
  await verify(signed, Uint8Array.from(canonicalPart(signature)), key);
  return decodeJson(content, limit);
}

function expectedHeader(key: VerifyingKey, type: DocumentType): string {
  return base64url.encode(canonicalBytes({ alg: ALGORITHM, kid: key.thumbprint, typ: type }));
}

/** Base64 decoders accept several spellings of the same bytes; only one of them may be stored. */
function canonicalPart(part: string): Uint8Array {
  try {
    const bytes = base64url.decode(part);
    if (base64url.encode(bytes) === part) return bytes;
  } catch (cause) {
    throw new SnapshotError('E_SIG', 'not base64url', { cause });
  }
  throw new SnapshotError('E_SIG', 'base64url is not canonical');
}

/** RFC 7515 §5.2 comes down to this once the header is known; what was signed is read where it lies, not copied. */
async function verify(
  signed: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  key: VerifyingKey,
) {
  if (await crypto.subtle.verify('Ed25519', key.publicKey, signature, signed)) return;
  throw new SnapshotError('E_SIG', 'the signature does not verify');
}

/** One byte for each character is ASCII: whatever else UTF-8 holds takes more. */
function asciiText(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.length === bytes.length) return text;
  } catch (cause) {
    throw new SnapshotError('E_SIG', 'not a compact JWS', { cause });
  }
  throw new SnapshotError('E_SIG', 'not a compact JWS');
}
