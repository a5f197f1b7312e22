import { base64url } from 'jose';
import { canonicalBytes } from './canonical-bytes.ts';
import { SnapshotError } from './snapshot-error.ts';

/** An Ed25519 public key as JWK (RFC 8037). */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
}

/** With its private part: a secret, to be kept wrapped or in a file of mode 0600. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string;
}

/** A key that readers trust, pinned outside the store. */
export interface VerifyingKey {
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string;
  readonly publicKey: CryptoKey;
}

export interface SigningKey extends VerifyingKey {
  /** Not extractable. */
  readonly privateKey: CryptoKey;
}

const probe = new TextEncoder().encode('weft signing key');

export async function generateSigningJwk(): Promise<PrivateJwk> {
  const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('no key pair');
  const { x, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return privateJwk({ kty: 'OKP', crv: 'Ed25519', x, d });
}

/** Throws E_FORMAT unless it is an Ed25519 private key whose public part belongs to it. */
export async function importSigningKey(jwk: PrivateJwk): Promise<SigningKey> {
  const exact = privateJwk(jwk);
  const { thumbprint, publicKey } = await importVerifyingKey(exact);
  const privateKey = await importKey(exact, 'sign');
  const signature = await crypto.subtle.sign('Ed25519', privateKey, probe);
  if (!(await crypto.subtle.verify('Ed25519', publicKey, signature, probe))) {
    throw new SnapshotError('E_FORMAT', 'the parts of the signing key do not belong together');
  }
  return { thumbprint, publicKey, privateKey };
}

/** Throws E_FORMAT unless it is an Ed25519 key, E_SIG unless it is the one with the thumbprint `pinned`. */
export async function importVerifyingKey(jwk: PublicJwk, pinned?: string): Promise<VerifyingKey> {
  const exact = publicJwk(jwk);
  const key = { thumbprint: await thumbprint(exact), publicKey: await importKey(exact, 'verify') };
  if (pinned !== undefined && pinned !== key.thumbprint) {
    throw new SnapshotError('E_SIG', `key ${key.thumbprint} is not the pinned ${pinned}`);
  }
  return key;
}

/** The public part alone, safe to hand out. */
export function publicJwk(jwk: { kty?: unknown; crv?: unknown; x?: unknown }): PublicJwk {
  if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || !is32Bytes(jwk.x)) {
    throw new SnapshotError('E_FORMAT', 'not an Ed25519 key');
  }
  return { kty: 'OKP', crv: 'Ed25519', x: jwk.x };
}

/** RFC 7638 thumbprint, SHA-256, base64url: of the required members (RFC 8037 §2), which are all that we take. */
export async function thumbprint(jwk: PublicJwk): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', canonicalBytes(publicJwk(jwk)));
  return base64url.encode(new Uint8Array(digest));
}

function privateJwk(jwk: { kty?: unknown; crv?: unknown; x?: unknown; d?: unknown }): PrivateJwk {
  if (!is32Bytes(jwk.d)) throw new SnapshotError('E_FORMAT', 'not an Ed25519 private key');
  return { ...publicJwk(jwk), d: jwk.d };
}

function is32Bytes(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value) && isCanonical(value);
}

function isCanonical(value: string): boolean {
  return base64url.encode(base64url.decode(value)) === value;
}

async function importKey(jwk: PublicJwk, use: 'sign' | 'verify'): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, [use]);
  } catch (cause) {
    throw new SnapshotError('E_FORMAT', 'not an Ed25519 key', { cause });
  }
}
