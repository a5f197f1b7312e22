import { hex } from '../bytes.ts';
import { inside, readDer, readUnsigned, Tag } from './der.ts';
import { type KeyKind, keyKind } from './public-key.ts';

/** A signature algorithm of the profile. Each curve has the one hash of its strength (CA/B BR 7.1.3.2.2). */
export interface SignatureAlgorithm {
  readonly key: KeyKind;
  /** WebCrypto's parameters, to import the key and to verify. */
  readonly parameters:
    | (EcKeyImportParams & EcdsaParams)
    | RsaHashedImportParams
    | { readonly name: 'Ed25519' };
  /** Octets of one of the two integers of an ECDSA signature. */
  readonly integer?: number;
}

/** What is signed, by which key, as WebCrypto takes it: ECDSA as two integers side by side (IEEE P1363). */
export interface RawSignature {
  readonly algorithm: SignatureAlgorithm;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly data: Uint8Array;
}

/** The algorithm of an AlgorithmIdentifier, parameters and all; undefined for any that is not in the profile. */
export function signatureAlgorithm(identifier: Uint8Array): SignatureAlgorithm | undefined {
  return ALGORITHMS.get(hex(identifier));
}

/** The signature of a certificate as WebCrypto takes it; undefined where ECDSA's is not strict DER (RFC 3279 §2.2.3). */
export function rawSignature(algorithm: SignatureAlgorithm, signature: Uint8Array): Uint8Array | undefined {
  return algorithm.integer === undefined ? signature : joinIntegers(signature, algorithm.integer);
}

/** Whether a key of the profile made the signature. False for a key of another kind or no key at all. */
export async function verifySignature({
  algorithm,
  publicKey,
  signature,
  data,
}: RawSignature): Promise<boolean> {
  const { key, parameters, integer } = algorithm;
  if (keyKind(publicKey) !== key) return false;
  if (integer !== undefined && signature.length !== 2 * integer) return false;
  try {
    const imported = await crypto.subtle.importKey('spki', publicKey.slice(), parameters, false, ['verify']);
    return await crypto.subtle.verify(parameters, imported, signature.slice(), data.slice());
  } catch {
    return false;
  }
}

const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['300a06082a8648ce3d040302', ecdsa('P-256', 'SHA-256', 32)],
  ['300a06082a8648ce3d040303', ecdsa('P-384', 'SHA-384', 48)],
  ['300506032b6570', { key: 'Ed25519', parameters: { name: 'Ed25519' } } as const],
  ['300d06092a864886f70d01010b0500', rsa('SHA-256')],
  ['300d06092a864886f70d01010c0500', rsa('SHA-384')],
  ['300d06092a864886f70d01010d0500', rsa('SHA-512')],
]);

function ecdsa(namedCurve: 'P-256' | 'P-384', hash: string, integer: number): SignatureAlgorithm {
  return { key: namedCurve, parameters: { name: 'ECDSA', namedCurve, hash }, integer };
}

function rsa(hash: string): SignatureAlgorithm {
  return { key: 'RSA', parameters: { name: 'RSASSA-PKCS1-v1_5', hash } };
}

function joinIntegers(signature: Uint8Array, size: number): Uint8Array | undefined {
  try {
    const pair = inside(readDer(signature, Tag.sequence));
    const integers = [readUnsigned(pair), readUnsigned(pair)];
    pair.end();
    const joined = new Uint8Array(2 * size);
    for (const [i, integer] of integers.entries()) {
      const octets = integer[0] === 0 ? integer.subarray(1) : integer;
      // `set` throws for one that is too long for its place, but the first could run into the second.
      if (octets.length === 0 || octets.length > size) return undefined;
      joined.set(octets, (i + 1) * size - octets.length);
    }
    return joined;
  } catch {
    return undefined;
  }
}
