import type { JwsAlgorithm } from './algorithm.ts';
import { type GatedJws, gateJws } from './jws-gate.ts';
import { partBytes } from './jws-part.ts';
import type { KeySet } from './key-set.ts';
import type { TokenRefusal } from './token-verdict.ts';

/** Keys that one token is tried with at most. */
const MAX_CANDIDATES = 8;

/**
 * Why no key of the set verifies a JWS that was let through; undefined when one does. What the gate read is what is
 * verified, by the platform: a second reader of the whole token would cost as much again, and might read it otherwise.
 */
export async function signatureRefusal(jws: GatedJws, keys: KeySet): Promise<TokenRefusal | undefined> {
  const { alg, kid } = jws;
  const candidates = keys.candidates(alg, kid);
  if (candidates.length === 0) return 'key_unknown';
  const { algorithm, length } = VERIFICATION[alg];
  const signature = partBytes(jws.signature);
  if (length !== undefined && signature.length !== length) return 'signature';
  const signed = encoder.encode(jws.signed);
  for (const key of candidates.slice(0, MAX_CANDIDATES)) {
    try {
      if (await crypto.subtle.verify(algorithm, await key.use(alg), signature, signed)) return undefined;
    } catch {
      // Another key of the same id may do.
    }
  }
  return 'signature';
}

/** Why a JWS does not count under these keys, whatever it carries; undefined when it does. */
export async function jwsRefusal(token: string, keys: KeySet): Promise<TokenRefusal | undefined> {
  const jws = gateJws(token);
  return typeof jws === 'string' ? jws : signatureRefusal(jws, keys);
}

const encoder = new TextEncoder();

interface Verification {
  readonly algorithm: Algorithm | EcdsaParams | RsaPssParams;
  /** Of the signature in bytes; undefined where the key tells, and the platform compares. */
  readonly length: number | undefined;
}

/** RFC 7518 §3.1 and RFC 8037 §3.1 in WebCrypto's words. */
const VERIFICATION: Readonly<Record<JwsAlgorithm, Verification>> = {
  RS256: pkcs1(),
  RS384: pkcs1(),
  RS512: pkcs1(),
  PS256: pss(32),
  PS384: pss(48),
  PS512: pss(64),
  ES256: ecdsa('SHA-256', 64),
  ES384: ecdsa('SHA-384', 96),
  ES512: ecdsa('SHA-512', 132),
  EdDSA: { algorithm: { name: 'Ed25519' }, length: 64 },
  Ed25519: { algorithm: { name: 'Ed25519' }, length: 64 },
  HS256: hmac(32),
  HS384: hmac(48),
  HS512: hmac(64),
};

/** The hash is that which the key was imported for. */
function pkcs1(): Verification {
  return { algorithm: { name: 'RSASSA-PKCS1-v1_5' }, length: undefined };
}

/** The salt is as long as the hash (RFC 7518 §3.5). */
function pss(saltLength: number): Verification {
  return { algorithm: { name: 'RSA-PSS', saltLength }, length: undefined };
}

function ecdsa(hash: string, length: number): Verification {
  return { algorithm: { name: 'ECDSA', hash }, length };
}

function hmac(length: number): Verification {
  return { algorithm: { name: 'HMAC' }, length };
}
