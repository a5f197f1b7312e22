import { der, integer, resigned } from '../raw-certificate.ts';
import { type BadSvid, bytes, written } from './bad-svid.ts';

const SHA384 = der(0x30, der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03)));
const SHA1 = der(0x30, der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01)));
const EC = der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01));
const P192 = der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01));
const RSA = der(0x30, der(0x06, bytes(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)), bytes(5, 0));

const publicKey = (algorithm: Uint8Array, key: Uint8Array) => ({
  publicKey: der(0x30, algorithm, der(0x03, bytes(0), key)),
});

function rsaKey(octets: number): { publicKey: Uint8Array } {
  const modulus = new Uint8Array(octets).fill(0xc5);
  return publicKey(RSA, der(0x30, integer(modulus), integer(bytes(1, 0, 1))));
}

/** Leaves that are wrong in their keys or algorithms. */
export const badKeys: readonly BadSvid[] = [
  written('an RSA key of 1,024 bits', 'certificate_algorithm', () => rsaKey(128)),
  written('an RSA key of 2,048 bits', 'certificate_algorithm', () => rsaKey(256)),
  written('a P-192 key', 'certificate_algorithm', () =>
    publicKey(der(0x30, EC, P192), Uint8Array.from([4, ...new Uint8Array(48).fill(9)])),
  ),
  written('a compressed point', 'certificate_algorithm', ({ publicKey: good }) => ({
    publicKey: der(0x30, good.subarray(2, 23), der(0x03, bytes(0, 2), good.subarray(27, 59))),
  })),
  written('an Ed25519 key', 'certificate_algorithm', () =>
    publicKey(der(0x30, der(0x06, bytes(0x2b, 0x65, 0x70))), new Uint8Array(32).fill(7)),
  ),
  written('a signature by SHA-1', 'certificate_algorithm', () => ({ algorithm: SHA1 })),
  written(
    'a signature by SHA-384 of a P-256 key',
    'certificate_malformed',
    () => ({ algorithm: SHA384 }),
    SHA1,
  ),
  holding('an RSA key of 1,024 bits that it holds', 'certificate_algorithm', () => rsaPair(1024)),
  holding('an RSA key of 2,048 bits that it holds', 'certificate_algorithm', () => rsaPair(2048)),
  holding('an Ed25519 key that it holds', 'certificate_algorithm', () => pairOf({ name: 'Ed25519' })),
  holding('a P-384 key that it holds', 'certificate_algorithm', () => ecPair('P-384')),
  holding('a P-521 key that it holds', 'certificate_algorithm', () => ecPair('P-521')),
  written('two signature algorithms', 'certificate_malformed', () => ({}), SHA384),
];

/** A leaf whose key is of a kind that no workload has, and really its own. */
function holding(what: string, code: string, make: () => Promise<CryptoKeyPair>): BadSvid {
  return {
    what: `a leaf with ${what}`,
    code,
    make: async ({ leaf, middle }) => {
      const keys = await make();
      const spki = new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey));
      const certified = await resigned(leaf.der, middle.keys.privateKey, () => ({ publicKey: spki }));
      return [{ ...leaf, keys, der: certified }, middle];
    },
  };
}

async function pairOf(algorithm: EcKeyGenParams | RsaHashedKeyGenParams | { name: 'Ed25519' }) {
  return (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
}

function ecPair(namedCurve: string): Promise<CryptoKeyPair> {
  return pairOf({ name: 'ECDSA', namedCurve });
}

function rsaPair(modulusLength: number): Promise<CryptoKeyPair> {
  const publicExponent = bytes(1, 0, 1);
  return pairOf({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent });
}
