import { encodeBase64Url, sha256 } from '../bytes.ts';
import { list, literal, type Read, record, text, whole } from '../json-shape.ts';
import { P256 } from '../x509/p256.ts';

/** A new key comes into use every 30 days, ms. */
const ROTATION_MS = 30 * 24 * 3_600_000;
/** Everybody fetches the bundle within this time: a key is published so long before it signs, and after. */
const OVERLAP_MS = 3_600_000;

const coordinate = text(43, /^[A-Za-z0-9_-]{43}$/, 'be 32 octets in base64url');
const key = record({ kid: text(43), created: whole, x: coordinate, y: coordinate, d: coordinate });
const shape = record({ version: literal(1), keys: list(key, 8) });

type StoredKey = Read<typeof key>;

/** The public part of a key of the authority that signs JWT-SVIDs (RFC 7517). */
export interface JwtSvidJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly use: 'jwt-svid';
  readonly kid: string;
  readonly x: string;
  readonly y: string;
}

/** Signs; `kid` says with which of the published keys. */
export interface JwtSigner {
  readonly kid: string;
  readonly key: CryptoKey;
}

/** The text, a secret, that keeps the keys of JWT-SVIDs: what is kept, with what the time asks for. */
export async function rotatedJwtKeys(
  kept: string | undefined,
  now: number,
): Promise<{ readonly text: string; readonly changed: boolean }> {
  const keys = kept === undefined ? [] : shape(JSON.parse(kept), 'jwt keys').keys;
  const newest = Math.max(...keys.map(({ created }) => created));
  const next = now - newest < ROTATION_MS ? keys : [...keys, await newKey(now)];
  const current = next.filter((one) => !isOver(one, next, now));
  const changed = current.length !== keys.length || next !== keys;
  return { text: JSON.stringify({ version: 1, keys: current }), changed };
}

/** The keys of such a text: those to publish, and the one to sign with now. */
export async function openJwtKeys(
  kept: string,
  now: number,
): Promise<{ readonly jwks: readonly JwtSvidJwk[]; readonly signer: JwtSigner }> {
  const { keys } = shape(JSON.parse(kept), 'jwt keys');
  const known = keys.filter(({ created }) => now - created >= OVERLAP_MS);
  const { kid, x, y, d } = known.at(-1) ?? keys[0] ?? unreachable();
  const jwk = { kty: 'EC', crv: 'P-256', x, y, d };
  const signer = { kid, key: await crypto.subtle.importKey('jwk', jwk, P256, false, ['sign']) };
  return { jwks: keys.map(published), signer };
}

function published({ kid, x, y }: StoredKey): JwtSvidJwk {
  return { kty: 'EC', crv: 'P-256', use: 'jwt-svid', kid, x, y };
}

/** A successor signs since so long that every token of this one has expired. */
function isOver({ created }: StoredKey, all: readonly StoredKey[], now: number): boolean {
  return all.some((other) => other.created > created && now - other.created >= 2 * OVERLAP_MS);
}

async function newKey(created: number): Promise<StoredKey> {
  const { privateKey } = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const { x = '', y = '', d = '' } = await crypto.subtle.exportKey('jwk', privateKey);
  const thumbprint = await sha256(
    new TextEncoder().encode(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })),
  );
  return { kid: encodeBase64Url(thumbprint), created, x, y, d };
}

function unreachable(): never {
  throw new RangeError('there is no key');
}
