import type { Bytes } from '../bytes.ts';
import { strictJsonObject } from './strict-json.ts';

const BASE64URL = /^[A-Za-z0-9_-]*$/;
/** The last character of a part whose length leaves 2 or 3 may carry no spare bits. */
const LAST_OF_TWO = /[AQgw]$/;
const LAST_OF_THREE = /[AEIMQUYcgkosw048]$/;

/** Whether a text is base64url without padding (RFC 4648 §5) in the only spelling of its bytes. */
export function isCanonicalPart(part: string): boolean {
  if (!BASE64URL.test(part)) return false;
  const rest = part.length % 4;
  if (rest === 2) return LAST_OF_TWO.test(part);
  return rest === 3 ? LAST_OF_THREE.test(part) : rest === 0;
}

/** The bytes of a canonical part. */
export function partBytes(part: string): Bytes {
  return Uint8Array.fromBase64(part, { alphabet: 'base64url' });
}

/** Reads a canonical part as a JSON object in UTF-8; undefined when it is none. */
export function readJsonPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    // Most are ASCII, which is text as it is.
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
    return strictJsonObject(NOT_ASCII.test(binary) ? UTF_8.decode(partBytes(part)) : binary);
  } catch {
    return undefined;
  }
}

const NOT_ASCII = /[^\0-\x7f]/;
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
