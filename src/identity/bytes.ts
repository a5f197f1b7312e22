import { IdentityError } from './identity-error.ts';

/** Bytes of our own, as WebCrypto takes them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** SHA-256. */
export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()));
}

/** Whether two values are the same, in a time that depends on their lengths alone. */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Whether two public values are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Base64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/** Reads canonical base64 only: one text for one value, so that a changed text is a changed value. */
export function decodeBase64(text: string): Bytes {
  const bytes = lenientBase64(text, 'base64');
  if (encodeBase64(bytes) !== text) throw new IdentityError('base64_malformed', 'base64 is not canonical');
  return bytes;
}

/** Base64url without padding (RFC 4648 §5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** Reads canonical base64url only, without padding. */
export function decodeBase64Url(text: string): Bytes {
  const bytes = lenientBase64(text, 'base64url');
  if (encodeBase64Url(bytes) !== text) {
    throw new IdentityError('base64_malformed', 'base64url is not canonical');
  }
  return bytes;
}

function lenientBase64(text: string, alphabet: 'base64' | 'base64url'): Bytes {
  try {
    return Uint8Array.fromBase64(text, { alphabet });
  } catch (cause) {
    throw new IdentityError('base64_malformed', 'not base64', cause);
  }
}
