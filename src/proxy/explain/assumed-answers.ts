import { HeaderList } from '../../http/header-list.ts';
import { encodeBase64Url } from '../../identity/bytes.ts';
import { assumedVerdict as verdictBySight } from '../../identity/jwt/assumed-verdict.ts';
import { claimsRefusal, readClaims } from '../../identity/jwt/token-claims.ts';
import { type Claims, NO_LEASE, type TokenVerdict } from '../../identity/jwt/token-verdict.ts';
import type { JwtRule } from '../../snapshot/jwt-rule.ts';
import type { Answers, CheckAnswer } from '../decide/answers.ts';

/** What external authorizers are taken to say of every request. */
export type AssumedAuthorizer = 'allow' | 'deny';

/**
 * What is answered where a decision asks: an authorizer says yes, or as told; a token has these claims, or without any its own, and
 * holds, neither its signature nor its times being looked at.
 */
export function assumedAnswers(claims: Claims | undefined, authorizer: AssumedAuthorizer = 'allow'): Answers {
  const checks = { get: () => (authorizer === 'allow' ? permitted : forbidden) };
  const verdict = (rule: JwtRule, token: string) =>
    claims === undefined ? verdictBySight(token, rule) : assumedVerdict(rule, token, claims);
  return { checks, tokens: { verdict }, limits: { get: () => uncounted } };
}

/** Explaining takes no tokens: every limit has one. */
const uncounted = { kind: 'passed' } as const;
const permitted = answered(200);
const forbidden = answered(403);

function answered(status: number): CheckAnswer {
  return { kind: 'answered', status, headers: HeaderList.from([]), body: '' };
}

/** A token that holds what is assumed, for a request that brings none: unsigned, so that nobody else takes it. */
export function assumedToken(claims: Claims): string {
  return `${base64Url('{"alg":"none"}')}.${base64Url(JSON.stringify(claims))}.`;
}

/** Issuer and audience decide for which rule the claims count; without `iss` they count for any. */
function assumedVerdict(rule: JwtRule, token: string, claims: Claims): TokenVerdict {
  const meant = 'iss' in claims || rule.issuer === '' ? claims : { ...claims, iss: rule.issuer };
  const payload = base64Url(JSON.stringify(meant));
  const read = readClaims(payload, rule.spaceDelimitedClaims);
  if (typeof read === 'string') return { kind: 'refused', reason: read };
  const always = { ...read, notBefore: Number.NEGATIVE_INFINITY, expires: Number.POSITIVE_INFINITY };
  const reason = claimsRefusal(always, rule, 0);
  if (reason !== undefined) return { kind: 'refused', reason };
  const { auth, notBefore, expires } = always;
  return { kind: 'verified', auth, token, payload, notBefore, expires, lease: NO_LEASE };
}

function base64Url(value: string): string {
  return encodeBase64Url(new TextEncoder().encode(value));
}
