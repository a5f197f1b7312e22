import { encodeBase64Url } from '../bytes.ts';
import { formatSpiffeId, type SpiffeId } from '../spiffe.ts';
import type { JwtSigner } from './jwt-keys.ts';

/** What a token says. Times in milliseconds since the epoch. */
export interface JwtSvidTerms {
  readonly id: SpiffeId;
  readonly audience: string;
  readonly now: number;
  readonly ttlMs: number;
  /** Fresh: 128 random bits. */
  readonly jti: Uint8Array;
}

/** Longest and usual life, ms. */
export const MAX_JWT_SVID_LIFE_MS = 5 * 60_000;

export interface IssuedJwtSvid {
  readonly token: string;
  readonly expires: number;
}

/** A JWT-SVID (SPIFFE JWT-SVID §2, §3): ES256, one audience, at most 5 minutes. */
export async function issueJwtSvid(
  { kid, key }: JwtSigner,
  { id, audience, now, ttlMs, jti }: JwtSvidTerms,
): Promise<IssuedJwtSvid> {
  const iat = Math.floor(now / 1000);
  const exp = iat + Math.floor(Math.min(ttlMs, MAX_JWT_SVID_LIFE_MS) / 1000);
  const claims = { sub: formatSpiffeId(id), aud: [audience], iat, exp, jti: encodeBase64Url(jti) };
  const signed = [{ alg: 'ES256', kid, typ: 'JWT' }, claims].map(part).join('.');
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(signed));
  return { token: `${signed}.${encodeBase64Url(new Uint8Array(signature))}`, expires: exp * 1000 };
}

function part(value: object): string {
  return encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
}
