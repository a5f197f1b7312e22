/** What became of a token under one rule (RequestAuthentication jwtRules[]). */
export type TokenVerdict = VerifiedToken | RefusedToken;

/** Its signature, issuer, audience and times hold. */
export interface VerifiedToken {
  readonly kind: 'verified';
  readonly auth: RequestAuth;
  /** The token itself: always the same string while it is remembered, so that it is hashed once. */
  readonly token: string;
  /** The second part of the token as it came: base64url without padding. */
  readonly payload: string;
  /** Seconds since the epoch between which it may be used, 60 s of skew included. */
  readonly notBefore: number;
  readonly expires: number;
  /** Of the keys that verified it. */
  readonly lease: KeyLease;
}

/** How long keys are believed; what they verified counts no longer than they do. */
export interface KeyLease {
  /** Ms since the epoch; in the past as soon as the keys have changed. */
  readonly until: number;
}

/** The lease of keys that nobody has: what is assumed to be verified counts once, where it was assumed. */
export const NO_LEASE: KeyLease = { until: Number.NEGATIVE_INFINITY };

/** Whether what was verified earlier still counts; `now` in ms since the epoch. */
export function stillHolds({ notBefore, expires, lease }: VerifiedToken, now: number): boolean {
  return now < lease.until && now / 1000 >= notBefore && now / 1000 <= expires;
}

/** It does not count. */
export interface RefusedToken {
  readonly kind: 'refused';
  readonly reason: TokenRefusal;
}

/** What a verified token says of the request. */
export interface RequestAuth {
  /** Issuer and subject apart; undefined when the token does not name both. */
  readonly principal: RequestPrincipal | undefined;
  /** `aud`; a single one is a list of one. */
  readonly audiences: readonly string[];
  /** `azp`. */
  readonly presenter: string | undefined;
  readonly claims: Claims;
}

/** Written `<iss>/<sub>`; both may hold a slash, so policies compare them apart. */
export interface RequestPrincipal {
  readonly issuer: string;
  readonly subject: string;
  /** Both with `PRINCIPAL_SEPARATOR` between them. */
  readonly key: string;
}

/** Stands in no issuer or subject that counts. */
export const PRINCIPAL_SEPARATOR = '\u007f';

/** The payload of a token: JSON from outside, to be read by own members only. */
export type Claims = Readonly<Record<string, unknown>>;

/** What a token must satisfy besides its signature. */
export interface TokenDemands {
  /** Empty = any. */
  readonly issuer: string;
  /** Empty = any. */
  readonly audiences: readonly string[];
  readonly spaceDelimitedClaims: readonly string[];
}

/** Why a token is refused: stable, for logs and tests. What the client reads is in `refusal-text.ts`. */
export type TokenRefusal =
  | 'too_long'
  | 'format'
  | 'header_base64'
  | 'header_json'
  | 'header_alg'
  | 'alg_unsupported'
  | 'header_kid'
  | 'header_typ'
  | 'header_critical'
  | 'payload_base64'
  | 'payload_json'
  | 'claim_iss'
  | 'claim_sub'
  | 'claim_iat'
  | 'claim_nbf'
  | 'claim_exp'
  | 'claim_jti'
  | 'claim_aud'
  | 'signature_base64'
  | 'issuer'
  | 'not_yet_valid'
  | 'expired'
  | 'audience'
  | 'keys_unavailable'
  | 'key_unknown'
  | 'signature';
