import type { JwsAlgorithm } from '../jwt/algorithm.ts';
import { gateJws } from '../jwt/jws-gate.ts';
import { readJsonPart } from '../jwt/jws-part.ts';
import type { KeySet } from '../jwt/key-set.ts';
import { ownMember } from '../jwt/strict-json.ts';
import { claimsRefusal, readClaims, type TokenClaims } from '../jwt/token-claims.ts';
import type { Claims, TokenRefusal } from '../jwt/token-verdict.ts';
import { signatureRefusal } from '../jwt/verify-jws.ts';
import type { ReplayCache } from '../replay-cache.ts';
import { parseSpiffeId, type SpiffeId } from '../spiffe.ts';

/** What a token is judged against; `now` in milliseconds since the epoch. */
export interface JwtSvidCheck {
  /** The JWT keys of each trust domain that is believed (`jwtSvidKeys`). */
  readonly keys: ReadonlyMap<string, KeySet>;
  /** Who judges; the token must be meant for it. */
  readonly audience: string;
  readonly now: number;
  /** Where a token counts once only. */
  readonly seen?: ReplayCache;
}

/** Why a token is no JWT-SVID for us: stable. */
export type JwtSvidRefusal =
  | TokenRefusal
  | 'header_member'
  | 'alg_not_allowed'
  | 'subject'
  | 'trust_domain'
  | 'no_audience'
  | 'no_expiry'
  | 'issued_later'
  | 'replayed';

/** A JWT-SVID that holds. */
export interface VerifiedJwtSvid {
  readonly kind: 'verified';
  readonly id: SpiffeId;
  readonly claims: Claims;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

export type JwtSvidVerdict = VerifiedJwtSvid | { readonly kind: 'refused'; readonly reason: JwtSvidRefusal };

/**
 * Validates a JWT-SVID by the rules of SPIFFE JWT-SVID §2 to §4: compact, one of nine algorithms, no header but `alg`,
 * `kid` and `typ`, a subject that is a workload, an audience that is us, an end, and a key of its own trust domain.
 */
export async function verifyJwtSvid(token: string, check: JwtSvidCheck): Promise<JwtSvidVerdict> {
  const jws = gateJws(token);
  if (typeof jws === 'string') return refused(jws);
  const wrong = headerRefusal(token, jws.alg);
  if (wrong !== undefined) return refused(wrong);
  const claims = readClaims(jws.payload, []);
  if (typeof claims === 'string') return refused(claims);
  const id = subjectOf(claims);
  const refusal = id === undefined ? 'subject' : rulesRefusal(claims, check);
  if (id === undefined || refusal !== undefined) return refused(refusal ?? 'subject');
  const keys = check.keys.get(id.trustDomain);
  if (keys === undefined) return refused('trust_domain');
  const unsigned = await signatureRefusal(jws, keys);
  if (unsigned !== undefined) return refused(unsigned);
  const expires = claims.expires * 1000;
  // Last, so that a forged token uses up nothing.
  if (check.seen?.use(token.slice(0, token.lastIndexOf('.')), expires + SKEW_MS, check.now) === false)
    return refused('replayed');
  return { kind: 'verified', id, claims: claims.auth.claims, expires };
}

/** JWT-SVID §2.1. */
const ALGORITHMS: ReadonlySet<JwsAlgorithm> = new Set<JwsAlgorithm>([
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
]);
const HEADER: ReadonlySet<string> = new Set(['alg', 'kid', 'typ']);
/** As tokens of issuers have it. */
const SKEW_MS = 60_000;

/** JWT-SVID §2: `typ` is `JWT` or `JOSE` where it is there; no other header may be. */
function headerRefusal(token: string, alg: JwsAlgorithm): JwtSvidRefusal | undefined {
  if (!ALGORITHMS.has(alg)) return 'alg_not_allowed';
  const header = readJsonPart(token.slice(0, token.indexOf('.')));
  if (header === undefined || Object.keys(header).some((name) => !HEADER.has(name))) return 'header_member';
  const typ = ownMember(header, 'typ');
  return typ === undefined || typ === 'JWT' || typ === 'JOSE' ? undefined : 'header_typ';
}

function subjectOf({ auth }: TokenClaims): SpiffeId | undefined {
  try {
    const id = parseSpiffeId(String(ownMember(auth.claims, 'sub') ?? ''));
    return id.path === '' ? undefined : id;
  } catch {
    return undefined;
  }
}

function rulesRefusal(claims: TokenClaims, { audience, now }: JwtSvidCheck): JwtSvidRefusal | undefined {
  if (claims.auth.audiences.length === 0) return 'no_audience';
  if (!Number.isFinite(claims.expires)) return 'no_expiry';
  const issued = ownMember(claims.auth.claims, 'iat');
  if (typeof issued === 'number' && issued * 1000 > now + SKEW_MS) return 'issued_later';
  return claimsRefusal(claims, { issuer: '', audiences: [audience] }, now);
}

function refused(reason: JwtSvidRefusal): JwtSvidVerdict {
  return { kind: 'refused', reason };
}
