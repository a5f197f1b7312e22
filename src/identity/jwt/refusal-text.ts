import type { TokenRefusal } from './token-verdict.ts';

/** What a client reads of a refusal: Envoy's words (jwt_verify_lib status), as Istio's users know them. */
export function refusalText(reason: TokenRefusal): string {
  return TEXTS[reason];
}

const FORMAT = 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections';
const FAILS = 'Jwt verification fails';

const TEXTS: { readonly [R in TokenRefusal]: string } = {
  too_long: FORMAT,
  format: FORMAT,
  header_base64: 'Jwt header is an invalid Base64url encoded',
  header_json: 'Jwt header is an invalid JSON',
  header_alg: 'Jwt header [alg] field is required and must be a string',
  alg_unsupported: 'Jwt header [alg] is not supported',
  header_kid: 'Jwt header [kid] field is not a string',
  header_typ: FAILS,
  header_critical: FAILS,
  payload_base64: 'Jwt payload is an invalid Base64url encoded',
  payload_json: 'Jwt payload is an invalid JSON',
  claim_iss: 'Jwt payload [iss] field is not a string',
  claim_sub: 'Jwt payload [sub] field is not a string',
  claim_iat: 'Jwt payload [iat] field is not an integer',
  claim_nbf: 'Jwt payload [nbf] field is not an integer',
  claim_exp: 'Jwt payload [exp] field is not an integer',
  claim_jti: 'Jwt payload [jti] field is not a string',
  claim_aud: 'Jwt payload [aud] field is not a string or string list',
  signature_base64: 'Jwt signature is an invalid Base64url encoded',
  issuer: 'Jwt issuer is not configured',
  not_yet_valid: 'Jwt not yet valid',
  expired: 'Jwt is expired',
  audience: 'Audiences in Jwt are not allowed',
  keys_unavailable: 'Jwks remote fetch is failed',
  key_unknown: "Jwks doesn't have key to match kid or alg from Jwt",
  signature: FAILS,
};
