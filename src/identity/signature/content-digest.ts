import { type Bytes, encodeBase64, sameBytes, sha256 } from '../bytes.ts';
import { parseDictionary } from './parse-field.ts';
import { type FieldLines, fieldValue } from './signature-base.ts';

/** `Content-Digest` (RFC 9530) by SHA-256 of a body. */
export async function contentDigestOf(body: Uint8Array): Promise<string> {
  return `sha-256=:${encodeBase64(await sha256(body))}:`;
}

/** The SHA-256 that `Content-Digest` tells; of several the last. Undefined where there is none that can be read. */
export function contentDigest(headers: FieldLines): Bytes | undefined {
  const text = fieldValue({ headers }, 'content-digest');
  if (text === undefined) return undefined;
  try {
    const member = parseDictionary(text).get('sha-256');
    const value = member?.kind === 'item' ? member.value : undefined;
    return value?.kind === 'bytes' && value.value.length === SHA256_BYTES ? value.value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a digest is that of no content. */
export async function isEmptyDigest(digest: Uint8Array): Promise<boolean> {
  return sameBytes(digest, await sha256(new Uint8Array(0)));
}

const SHA256_BYTES = 32;
