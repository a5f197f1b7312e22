import { encodeBase64 } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { KeySet } from '../jwt/key-set.ts';
import { ownMember, strictJsonObject } from '../jwt/strict-json.ts';
import { decodePem } from '../pem.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { type KeyKind, keyKind } from '../x509/public-key.ts';
import type { JwtSvidJwk } from './jwt-keys.ts';

/** Readers come again after so long, seconds (`spiffe_refresh_hint`). */
const REFRESH_HINT = 300;

/** A trust domain's bundle as JSON (SPIFFE Trust Domain and Bundle §4): its roots, and the keys of its JWT-SVIDs. */
export async function spiffeBundle(rootsPem: string, jwks: readonly JwtSvidJwk[]): Promise<string> {
  const roots = await Promise.all(decodePem('CERTIFICATE', rootsPem).map(rootJwk));
  return JSON.stringify({ keys: [...roots, ...jwks], spiffe_refresh_hint: REFRESH_HINT });
}

/** The keys of such a document that verify JWT-SVIDs. Throws `bundle_malformed`. */
export function jwtSvidKeys(document: string): KeySet {
  const members = strictJsonObject(document);
  const listed = members && ownMember(members, 'keys');
  if (!Array.isArray(listed)) throw malformed();
  const keys = listed.filter(isJwtSvidKey).map((key) => ({ ...key, use: 'sig' }));
  const read = KeySet.parse(JSON.stringify({ keys }), false);
  if (read === undefined) throw malformed();
  return read;
}

/** §4.2.2: a key without a `kid` is for nobody to find. */
function isJwtSvidKey(key: unknown): key is object {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return false;
  const members = key as Readonly<Record<string, unknown>>;
  const kid = ownMember(members, 'kid');
  return ownMember(members, 'use') === 'jwt-svid' && typeof kid === 'string' && kid !== '';
}

async function rootJwk(der: Uint8Array): Promise<object> {
  const { publicKey } = parseCertificate(der);
  const kind = keyKind(publicKey);
  if (kind === undefined)
    throw new IdentityError('certificate_algorithm', 'root: its key is of no known kind');
  const imported = await crypto.subtle.importKey('spki', publicKey.slice(), ALGORITHMS[kind], true, [
    'verify',
  ]);
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', imported);
  return { kty, crv, x, y, n, e, use: 'x509-svid', x5c: [encodeBase64(der)] };
}

const ALGORITHMS: Readonly<Record<KeyKind, EcKeyImportParams | RsaHashedImportParams | { name: string }>> = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384' },
  Ed25519: { name: 'Ed25519' },
  RSA: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
};

function malformed(): IdentityError {
  return new IdentityError('bundle_malformed', 'the bundle is no JSON Web Key Set');
}
