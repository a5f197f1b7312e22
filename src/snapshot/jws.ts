import { base64url, CompactSign, compactVerify } from 'jose';
import { canonicalBytes, decodeJson, type JsonValue } from './canonical-bytes.ts';
import type { SigningKey, VerifyingKey } from './signing-key.ts';
import { SnapshotError } from './snapshot-error.ts';

/** The protected header `typ` (RFC 8725 §3.11): one kind of document never passes for another. */
export type DocumentType = 'weft-manifest+json' | 'weft-endpoints+json';

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
  bytes: Uint8Array,
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
  canonicalPart(signature);
  const content = canonicalPart(payload);
  await verify(token, key);
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

async function verify(token: string, key: VerifyingKey): Promise<void> {
  try {
    await compactVerify(token, key.publicKey, { algorithms: [ALGORITHM] });
  } catch (cause) {
    throw new SnapshotError('E_SIG', 'the signature does not verify', { cause });
  }
}

function asciiText(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte > 0x7f)) throw new SnapshotError('E_SIG', 'not a compact JWS');
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
