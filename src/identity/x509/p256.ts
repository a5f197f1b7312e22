import type { Bytes } from '../bytes.ts';

/** WebCrypto's parameters for the one kind of key that Weft certifies. */
export const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Whether a SubjectPublicKeyInfo is a P-256 key as an uncompressed point (RFC 5480 §2). */
export function isP256Key(publicKey: Uint8Array): boolean {
  return publicKey.length === SPKI_PREFIX.length + 64 && startsWith(publicKey, SPKI_PREFIX);
}

/** Imports a SubjectPublicKeyInfo for verifying; undefined where it is no P-256 key or no point of the curve. */
export async function importPublicKey(publicKey: Uint8Array): Promise<CryptoKey | undefined> {
  if (!isP256Key(publicKey)) return undefined;
  try {
    return await crypto.subtle.importKey('spki', publicKey.slice(), P256, true, ['verify']);
  } catch {
    return undefined;
  }
}

/** Imports a PKCS#8 key for signing. */
export function importPrivateKey(pkcs8: Bytes, extractable: boolean): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', pkcs8, P256, extractable, ['sign']);
}

/** The pair of a PKCS#8 key, exportable. */
export async function importKeyPair(pkcs8: Bytes): Promise<CryptoKeyPair> {
  const privateKey = await importPrivateKey(pkcs8, true);
  const { d: _secret, key_ops: _uses, ...jwk } = await crypto.subtle.exportKey('jwk', privateKey);
  return { privateKey, publicKey: await crypto.subtle.importKey('jwk', jwk, P256, true, ['verify']) };
}

/** A new key that can be exported: TLS libraries want it as PEM. */
export function generateKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
}

/** The SubjectPublicKeyInfo of a public key. */
export async function exportPublicKey(key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey('spki', key));
}

/** The PKCS#8 form of a private key. */
export async function exportPrivateKey(key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey('pkcs8', key));
}

/** id-ecPublicKey, prime256v1, a bit string of 65 octets, the uncompressed form. */
const SPKI_PREFIX = [
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
  0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((octet, i) => bytes[i] === octet);
}
