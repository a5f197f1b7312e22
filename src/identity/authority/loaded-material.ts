import { type Bytes, hex, sha256 } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { decodeOnePem, decodePem } from '../pem.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { type KeyKind, keyKind } from '../x509/public-key.ts';
import { type AuthorityMaterial, parseAuthorityMaterial } from './authority-material.ts';
import type { Issuer, SigningAlgorithm } from './certificate-template.ts';

/** Material as it signs: checked and parsed, its key imported and not to be exported again. */
export interface LoadedMaterial {
  readonly trustDomain: string;
  /** DER; the first issued the intermediates. */
  readonly roots: readonly Bytes[];
  /** SHA-256 of each root's DER, hexadecimal. */
  readonly rootHashes: readonly string[];
  /** DER, the one that issues first. */
  readonly intermediates: readonly Bytes[];
  readonly issuer: Issuer;
  /** When the first of the certificates above a leaf expires, ms since the epoch. */
  readonly notAfter: number;
}

/** Reads what `AuthorityMaterial` writes. Throws IdentityError: `authority_material`. */
export async function loadMaterial(value: unknown): Promise<LoadedMaterial> {
  const material = parseAuthorityMaterial(value);
  const roots = decodePem('CERTIFICATE', material.rootsPem);
  const intermediates = decodePem('CERTIFICATE', material.intermediatePem);
  const [der = new Uint8Array()] = intermediates;
  const rootHashes = await Promise.all(roots.map(async (root) => hex(await sha256(root))));
  const above = [...intermediates, ...roots.slice(0, 1)].map(parseCertificate);
  const notAfter = Math.min(...above.map((one) => one.notAfter));
  const { trustDomain } = material;
  return { trustDomain, roots, rootHashes, intermediates, issuer: await issuerOf(der, material), notAfter };
}

/** How the keys that may issue sign; TLS libraries do not take certificates that Ed25519 signed everywhere. */
const ALGORITHMS: ReadonlyMap<KeyKind, SigningAlgorithm> = new Map([
  ['P-256', { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }],
  ['P-384', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }],
  ['RSA', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
]);

async function issuerOf(der: Bytes, { intermediateKeyPem }: AuthorityMaterial): Promise<Issuer> {
  const algorithm = algorithmOf(parseCertificate(der));
  try {
    const pkcs8 = decodeOnePem('PRIVATE KEY', intermediateKeyPem);
    return { der, algorithm, key: await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']) };
  } catch {
    throw refusal('the key is of another kind than the intermediate');
  }
}

function algorithmOf({ publicKey }: Certificate): SigningAlgorithm {
  const kind = keyKind(publicKey);
  const algorithm = kind && ALGORITHMS.get(kind);
  if (algorithm !== undefined) return algorithm;
  throw refusal(
    `an intermediate signs by P-256, P-384 or RSA of 2048 to 8192 bits, not by ${kind ?? 'this'}`,
  );
}

function refusal(detail: string): IdentityError {
  return new IdentityError('authority_material', `authority material: ${detail}`);
}
