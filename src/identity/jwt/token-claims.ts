import { readJsonPart } from './jws-part.ts';
import { ownMember } from './strict-json.ts';
import {
  type Claims,
  PRINCIPAL_SEPARATOR,
  type RequestAuth,
  type RequestPrincipal,
  type TokenRefusal,
} from './token-verdict.ts';

/** What a token claims, read but not judged. */
export interface TokenClaims {
  readonly issuer: string | undefined;
  readonly auth: RequestAuth;
  /** Seconds since the epoch; absent ones bound nothing. */
  readonly notBefore: number;
  readonly expires: number;
}

/** Seconds that clocks may differ by (Envoy's clock_skew_seconds). */
const SKEW = 60;

/** Reads the payload of a JWT (RFC 7519 §4.1); lists written with spaces become lists. */
export function readClaims(payload: string, spaceDelimited: readonly string[]): TokenClaims | TokenRefusal {
  const claims = readJsonPart(payload);
  if (claims === undefined) return 'payload_json';
  const problem = claimProblem(claims);
  if (problem !== undefined) return problem;
  const issuer = textClaim(claims, 'iss');
  const audience = ownMember(claims, 'aud');
  return {
    issuer,
    notBefore: Number(ownMember(claims, 'nbf') ?? Number.NEGATIVE_INFINITY),
    expires: Number(ownMember(claims, 'exp') ?? Number.POSITIVE_INFINITY),
    auth: {
      principal: requestPrincipal(issuer, textClaim(claims, 'sub')),
      audiences: audience === undefined ? [] : (listOf(audience) as readonly string[]),
      presenter: textClaim(claims, 'azp'),
      claims: normalised(claims, spaceDelimited),
    },
  };
}

/** Why the claims do not count under a rule now (ms since the epoch), in the order in which Envoy asks. */
export function claimsRefusal(
  { issuer, auth, notBefore, expires }: TokenClaims,
  rule: { readonly issuer: string; readonly audiences: readonly string[] },
  now: number,
): TokenRefusal | undefined {
  if (rule.issuer !== '' && issuer !== rule.issuer) return 'issuer';
  if (notBefore > now / 1000 + SKEW) return 'not_yet_valid';
  if (now / 1000 > expires + SKEW) return 'expired';
  const isMeant = rule.audiences.length === 0 || auth.audiences.some((one) => rule.audiences.includes(one));
  return isMeant ? undefined : 'audience';
}

/** The times within which it may be used, skew included. */
export function usableTimes({ notBefore, expires }: TokenClaims): {
  readonly notBefore: number;
  readonly expires: number;
} {
  return { notBefore: notBefore - SKEW, expires: expires + SKEW };
}

/** Who a token speaks of; nobody by name when it does not name both, or not so that they can be told apart. */
export function requestPrincipal(
  issuer: string | undefined,
  subject: string | undefined,
): RequestPrincipal | undefined {
  if (issuer === undefined || subject === undefined) return undefined;
  if (`${issuer}${subject}`.includes(PRINCIPAL_SEPARATOR)) return undefined;
  return { issuer, subject, key: `${issuer}${PRINCIPAL_SEPARATOR}${subject}` };
}

function claimProblem(claims: Claims): TokenRefusal | undefined {
  if (!isTextOrAbsent(claims, 'iss')) return 'claim_iss';
  if (!isTextOrAbsent(claims, 'sub')) return 'claim_sub';
  if (!isTimeOrAbsent(claims, 'iat')) return 'claim_iat';
  if (!isTimeOrAbsent(claims, 'nbf')) return 'claim_nbf';
  if (!isTimeOrAbsent(claims, 'exp')) return 'claim_exp';
  if (!isTextOrAbsent(claims, 'jti')) return 'claim_jti';
  const audience = ownMember(claims, 'aud');
  const isAudience = audience === undefined || listOf(audience).every((one) => typeof one === 'string');
  return isAudience ? undefined : 'claim_aud';
}

/** A single one is a list of one. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isTextOrAbsent(claims: Claims, name: string): boolean {
  const value = ownMember(claims, name);
  return value === undefined || typeof value === 'string';
}

/** NumericDate: seconds since the epoch, not before it and not beyond 64 bits. */
function isTimeOrAbsent(claims: Claims, name: string): boolean {
  const value = ownMember(claims, name);
  return value === undefined || (typeof value === 'number' && value >= 0 && value < 2 ** 63);
}

function textClaim(claims: Claims, name: string): string | undefined {
  const value = ownMember(claims, name);
  return typeof value === 'string' ? value : undefined;
}

/** A text with spaces becomes the list that it stands for, as Envoy's normalize_payload_in_metadata has it. */
function normalised(claims: Claims, spaceDelimited: readonly string[]): Claims {
  let all = claims;
  for (const name of spaceDelimited) {
    const text = ownMember(claims, name);
    if (typeof text !== 'string') continue;
    // A computed name is an own member whatever it is.
    all = { ...all, [name]: text.split(' ').filter((part) => part !== '') };
  }
  return all;
}
