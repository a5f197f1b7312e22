import type { Random } from '../../runtime/ports.ts';
import { type Bytes, decodeBase64Url, encodeBase64Url } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { literal, optional, type Read, record, type Shape, ShapeError, text, whole } from '../json-shape.ts';

/** What keys are wrapped by: 32 random bytes of a secret store, or a passphrase that a person knows. */
export type KeyEncryptionKey =
  | { readonly kind: 'secret'; readonly secret: Bytes }
  | { readonly kind: 'passphrase'; readonly passphrase: string };

/** Passphrases are at least so long; they are stretched, but not out of nothing. Characters. */
export const MIN_PASSPHRASE = 12;

const base64url = text(64 * 1024, /^[A-Za-z0-9_-]+$/, 'be base64url');
const kind: Shape<KeyEncryptionKey['kind']> = (value, path) => {
  if (value === 'secret' || value === 'passphrase') return value;
  throw new ShapeError(`${path} must be secret or passphrase`);
};

/** The shape of a wrapped key, for the files that hold one. */
export const wrappedKeyShape = record({
  version: literal(1),
  kek: kind,
  /** PBKDF2's, of a passphrase. */
  iterations: optional(whole),
  salt: base64url,
  nonce: base64url,
  sealed: base64url,
});

/** A private key at rest: AES-256-GCM under a key derived from the KEK and the salt. */
export type WrappedKey = Read<typeof wrappedKeyShape>;

/** Wraps a text. `label` says what it is, so that one wrapped key never passes for another. */
export async function wrapKey(
  secret: string,
  label: string,
  kek: KeyEncryptionKey,
  random: Pick<Random, 'bytes'>,
): Promise<WrappedKey> {
  const [salt, nonce] = [random.bytes(16), random.bytes(12)];
  const iterations = kek.kind === 'passphrase' ? ITERATIONS : undefined;
  const key = await derive(kek, salt, iterations);
  const sealed = await crypto.subtle.encrypt(gcm(nonce, label), key, encoder.encode(secret));
  const parts = { salt, nonce, sealed: new Uint8Array(sealed) };
  const [saltText, nonceText, sealedText] = [parts.salt, parts.nonce, parts.sealed].map(encodeBase64Url);
  return {
    version: 1,
    kek: kek.kind,
    iterations,
    salt: saltText ?? '',
    nonce: nonceText ?? '',
    sealed: sealedText ?? '',
  };
}

/** The text that was wrapped. Throws `key_wrap`: another kind of KEK, another KEK, or an altered file. */
export async function unwrapKey(wrapped: WrappedKey, label: string, kek: KeyEncryptionKey): Promise<string> {
  if (wrapped.kek !== kek.kind) throw refusal(`was wrapped by a ${wrapped.kek}, and a ${kek.kind} was given`);
  const { iterations } = wrapped;
  if (kek.kind === 'passphrase' && !isBounded(iterations)) throw refusal('names no count of iterations');
  try {
    const key = await derive(kek, decodeBase64Url(wrapped.salt), iterations);
    const nonce = decodeBase64Url(wrapped.nonce);
    const sealed = decodeBase64Url(wrapped.sealed);
    return new TextDecoder().decode(await crypto.subtle.decrypt(gcm(nonce, label), key, sealed));
  } catch (cause) {
    throw refusal(`cannot be opened: the ${kek.kind} is another one, or the file was altered`, cause);
  }
}

/** OWASP's count for PBKDF2-HMAC-SHA-256. */
const ITERATIONS = 600_000;
const encoder = new TextEncoder();

function isBounded(iterations: number | undefined): boolean {
  return iterations !== undefined && iterations >= 100_000 && iterations <= 10_000_000;
}

async function derive(
  kek: KeyEncryptionKey,
  salt: Bytes,
  iterations: number | undefined,
): Promise<CryptoKey> {
  const aes = { name: 'AES-GCM', length: 256 };
  if (kek.kind === 'secret') {
    if (kek.secret.length !== 32) throw new RangeError('a KEK is 32 bytes');
    const root = await crypto.subtle.importKey('raw', kek.secret, 'HKDF', false, ['deriveKey']);
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt, info: encoder.encode('weft key wrap') };
    return crypto.subtle.deriveKey(hkdf, root, aes, false, ['encrypt', 'decrypt']);
  }
  const phrase = encoder.encode(kek.passphrase.normalize('NFC'));
  const root = await crypto.subtle.importKey('raw', phrase, 'PBKDF2', false, ['deriveKey']);
  const pbkdf2 = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: iterations ?? ITERATIONS };
  return crypto.subtle.deriveKey(pbkdf2, root, aes, false, ['encrypt', 'decrypt']);
}

function gcm(iv: Bytes, label: string) {
  return { name: 'AES-GCM', iv, additionalData: encoder.encode(label) };
}

function refusal(detail: string, cause?: unknown): IdentityError {
  return new IdentityError('key_wrap', `the wrapped key ${detail}`, cause);
}
