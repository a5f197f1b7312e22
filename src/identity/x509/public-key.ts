import { type DerReader, inside, readDer, readOctetBits, readUnsigned, Tag } from './der.ts';
import { isP256Key } from './p256.ts';

/** The public keys that may sign certificates. */
export type KeyKind = 'P-256' | 'P-384' | 'Ed25519' | 'RSA';

/**
 * The kind of a SubjectPublicKeyInfo, in its one encoding (RFC 5480 §2, RFC 8410 §4, RFC 8017 A.1): named curves and
 * uncompressed points, RSA of 2048 to 8192 bits in whole octets. Undefined for any other, weak ones among them.
 */
export function keyKind(publicKey: Uint8Array): KeyKind | undefined {
  if (isP256Key(publicKey)) return 'P-256';
  if (isEncoded(publicKey, P384_PREFIX, 96)) return 'P-384';
  if (isEncoded(publicKey, ED25519_PREFIX, 32)) return 'Ed25519';
  return isRsaKey(publicKey) ? 'RSA' : undefined;
}

/** id-ecPublicKey, secp384r1, a bit string of 97 octets, the uncompressed form. */
const P384_PREFIX = [
  0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04,
  0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
];
const ED25519_PREFIX = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/** rsaEncryption with its NULL. */
const RSA_ALGORITHM = [
  0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
/** Octets. */
const RSA_MIN = 256;
const RSA_MAX = 1024;

function isEncoded(publicKey: Uint8Array, prefix: readonly number[], rest: number): boolean {
  return publicKey.length === prefix.length + rest && startsWith(publicKey, prefix);
}

function isRsaKey(publicKey: Uint8Array): boolean {
  try {
    const fields = inside(readDer(publicKey, Tag.sequence));
    const algorithm = fields.read(Tag.sequence).raw;
    const pair = inside(readDer(readOctetBits(fields), Tag.sequence));
    fields.end();
    if (algorithm.length !== RSA_ALGORITHM.length || !startsWith(algorithm, RSA_ALGORITHM)) return false;
    return isStrongPair(pair);
  } catch {
    return false;
  }
}

/** The modulus fills its octets; the exponent is odd, from 65537 to four octets. */
function isStrongPair(pair: DerReader): boolean {
  const [modulus, exponent] = [unsigned(pair), unsigned(pair)];
  pair.end();
  const whole = modulus.length >= RSA_MIN && modulus.length <= RSA_MAX && (modulus[0] ?? 0) >= 0x80;
  const odd = isOdd(modulus) && isOdd(exponent);
  const value = exponent.reduce((sum, octet) => sum * 256 + octet, 0);
  return whole && odd && exponent.length <= 4 && value >= 65_537;
}

function unsigned(reader: DerReader): Uint8Array {
  const octets = readUnsigned(reader);
  return octets[0] === 0 ? octets.subarray(1) : octets;
}

function isOdd(octets: Uint8Array): boolean {
  return ((octets.at(-1) ?? 0) & 1) === 1;
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((octet, i) => bytes[i] === octet);
}
