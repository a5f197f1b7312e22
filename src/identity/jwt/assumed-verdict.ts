import { gateJws } from './jws-gate.ts';
import { claimsRefusal, readClaims } from './token-claims.ts';
import { NO_LEASE, type TokenDemands, type TokenVerdict } from './token-verdict.ts';

/** The verdict on a token whose signature is taken for granted, for explanations; times are not looked at. */
export function assumedVerdict(token: string, demands: TokenDemands): TokenVerdict {
  const jws = gateJws(token);
  if (typeof jws === 'string') return { kind: 'refused', reason: jws };
  const claims = readClaims(jws.payload, demands.spaceDelimitedClaims);
  if (typeof claims === 'string') return { kind: 'refused', reason: claims };
  const reason = claimsRefusal({ ...claims, ...ALWAYS }, demands, 0);
  if (reason !== undefined) return { kind: 'refused', reason };
  return { kind: 'verified', auth: claims.auth, token, payload: jws.payload, ...ALWAYS, lease: NO_LEASE };
}

const ALWAYS = { notBefore: Number.NEGATIVE_INFINITY, expires: Number.POSITIVE_INFINITY };
