import { type JwsAlgorithm, jwsAlgorithm } from './algorithm.ts';
import { isCanonicalPart, readJsonPart } from './jws-part.ts';
import { ownMember } from './strict-json.ts';
import type { TokenRefusal } from './token-verdict.ts';

/** A compact JWS that was let through; nothing in it is verified. */
export interface GatedJws {
  readonly alg: JwsAlgorithm;
  readonly kid: string | undefined;
  /** The second part as it came. */
  readonly payload: string;
  /** What the signature covers: the first two parts and the dot between them. */
  readonly signed: string;
  /** The third part as it came. */
  readonly signature: string;
}

/** UTF-16 units of a token, and of its first part. */
const MAX_TOKEN = 8192;
const MAX_HEADER = 1024;

/**
 * Lets through a compact JWS (RFC 7515 §7.1) with canonical base64url, a header in unambiguous JSON, an algorithm that
 * is known here, and nothing critical. Keys that the header offers (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
 */
export function gateJws(token: string): GatedJws | TokenRefusal {
  if (token.length > MAX_TOKEN) return 'too_long';
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 0 || second < 0 || token.includes('.', second + 1)) return 'format';
  const header = token.slice(0, first);
  if (header.length > MAX_HEADER) return 'too_long';
  if (header === '' || !isCanonicalPart(header)) return 'header_base64';
  const members = readJsonPart(header);
  if (members === undefined) return 'header_json';
  const alg = ownMember(members, 'alg');
  if (typeof alg !== 'string') return 'header_alg';
  const known = jwsAlgorithm(alg);
  if (known === undefined) return 'alg_unsupported';
  const kid = ownMember(members, 'kid');
  if (kid !== undefined && typeof kid !== 'string') return 'header_kid';
  if (!isTokenType(ownMember(members, 'typ')) || !isContentType(ownMember(members, 'cty')))
    return 'header_typ';
  if (Object.hasOwn(members, 'crit') || Object.hasOwn(members, 'b64')) return 'header_critical';
  const payload = token.slice(first + 1, second);
  if (!isCanonicalPart(payload)) return 'payload_base64';
  const signature = token.slice(second + 1);
  if (signature === '' || !isCanonicalPart(signature)) return 'signature_base64';
  return { alg: known, kid, payload, signed: token.slice(0, second), signature };
}

const TOKEN_TYPES: ReadonlySet<string> = new Set(['jwt', 'jose', 'jws', 'at+jwt', 'id_token+jwt']);

/** RFC 8725 §3.11: a JWT of another kind (proof of possession, logout, …) is no access token. */
function isTokenType(typ: unknown): boolean {
  if (typ === undefined) return true;
  if (typeof typ !== 'string') return false;
  const written = typ.toLowerCase();
  const name = written.startsWith('application/') ? written.slice('application/'.length) : written;
  return TOKEN_TYPES.has(name) || name.endsWith('-at+jwt');
}

/** A token within a token says nothing that is read here. */
function isContentType(cty: unknown): boolean {
  return cty === undefined || (typeof cty === 'string' && !/jwt/i.test(cty));
}
