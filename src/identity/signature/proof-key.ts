import { type Bytes, encodeBase64, encodeBase64Url, sha256 } from '../bytes.ts';
import { decodePem } from '../pem.ts';
import { formatSpiffeId, type SpiffeId } from '../spiffe.ts';

const ED25519 = { name: 'Ed25519' } as const;

/** A key that signs requests for a workload, with the certificates that say so. */
export interface ProofKey {
  readonly privateKey: CryptoKey;
  /** SHA-256 of the SubjectPublicKeyInfo, base64url: the `keyid` of signatures. */
  readonly keyid: string;
  /** SPIFFE ID that the certificate names. */
  readonly source: string;
  /** What `x-weft-svid` says: DER of the leaf and what is above it, base64, separated by commas. */
  readonly chainText: string;
  /** When the certificate ends, ms since the epoch. */
  readonly notAfter: number;
}

/** A new pair whose private key can be exported, to be kept as a secret. */
export async function generateProofKey(): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(ED25519, true, ['sign', 'verify'])) as CryptoKeyPair;
}

/** The private key of a PKCS#8 and its SubjectPublicKeyInfo. The key cannot be exported again. Throws DOMException. */
export async function importProofKey(pkcs8: Bytes): Promise<{ privateKey: CryptoKey; publicKey: Bytes }> {
  const readable = await crypto.subtle.importKey('pkcs8', pkcs8, ED25519, true, ['sign']);
  const { x } = await crypto.subtle.exportKey('jwk', readable);
  const jwk = { kty: 'OKP', crv: 'Ed25519', ...(x !== undefined && { x }) };
  const imported = await crypto.subtle.importKey('jwk', jwk, ED25519, true, ['verify']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('spki', imported));
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, ED25519, false, ['sign']);
  return { privateKey, publicKey };
}

/** The `keyid` of a SubjectPublicKeyInfo. */
export async function keyIdOf(publicKey: Uint8Array): Promise<string> {
  return encodeBase64Url(await sha256(publicKey));
}

/** What is known of a private key and its certificates, PEM, leaf first. */
export async function proofKey(
  privateKey: CryptoKey,
  publicKey: Bytes,
  certified: { readonly chainPem: string; readonly id: SpiffeId; readonly notAfter: number },
): Promise<ProofKey> {
  const { chainPem, id, notAfter } = certified;
  const chainText = decodePem('CERTIFICATE', chainPem).map(encodeBase64).join(', ');
  return { privateKey, keyid: await keyIdOf(publicKey), source: formatSpiffeId(id), chainText, notAfter };
}

/** Signs with Ed25519. */
export async function signEd25519(key: CryptoKey, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(ED25519, key, data));
}

/** Whether the key made the signature. */
export function verifyEd25519(key: CryptoKey, signature: Bytes, data: Bytes): Promise<boolean> {
  return crypto.subtle.verify(ED25519, key, signature, data);
}

/** Imports a SubjectPublicKeyInfo of Ed25519 for verifying; undefined where it is none. */
export async function importEd25519(publicKey: Uint8Array): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey('spki', publicKey.slice(), ED25519, false, ['verify']);
  } catch {
    return undefined;
  }
}
