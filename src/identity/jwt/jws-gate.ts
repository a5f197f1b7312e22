import { type JwsAlgorithm, jwsAlgorithm } from './algorithm.ts';
import { ownMember, strictJsonObject } from './strict-json.ts';
import type { TokenRefusal } from './token-verdict.ts';

/** A compact JWS that was let through; nothing in it is verified. */
export interface GatedJws {
  readonly alg: JwsAlgorithm;
  readonly kid: string | undefined;
  /** The second part as it came. */
  readonly payload: string;
}

/** UTF-16 units of a token, and of its first part. */
const MAX_TOKEN = 8192;
const MAX_HEADER = 1024;

const THREE_PARTS = /^[^.]*\.[^.]*\.[^.]*$/;
const BASE64URL = /^[A-Za-z0-9_-]*$/;
/** The last character of a part whose length leaves 2 or 3 may carry no spare bits. */
const LAST_OF_TWO = /[AQgw]$/;
const LAST_OF_THREE = /[AEIMQUYcgkosw048]$/;

/**
 * Lets through a compact JWS (RFC 7515 §7.1) with canonical base64url, a header in unambiguous JSON, an algorithm that
 * is known here, and nothing critical. Keys that the header offers (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
 */
export function gateJws(token: string): GatedJws | TokenRefusal {
  if (token.length > MAX_TOKEN) return 'too_long';
  if (!THREE_PARTS.test(token)) return 'format';
  const [header = '', payload = '', signature = ''] = token.split('.');
  if (header.length > MAX_HEADER) return 'too_long';
  if (header === '' || !isCanonical(header)) return 'header_base64';
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
  if (!isCanonical(payload)) return 'payload_base64';
  if (signature === '' || !isCanonical(signature)) return 'signature_base64';
  return { alg: known, kid, payload };
}

/** Reads a part of canonical base64url as a JSON object in UTF-8; undefined when it is none. */
export function readJsonPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
    return strictJsonObject(NOT_ASCII.test(binary) ? decodeUtf8(binary) : binary);
  } catch {
    return undefined;
  }
}

const NOT_ASCII = /[^\0-\x7f]/;
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Code units that stand for bytes, as text. Throws when the bytes are no UTF-8. */
function decodeUtf8(binary: string): string {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return UTF_8.decode(bytes);
}

/** Whether a text is base64url without padding (RFC 4648 §5) in the only spelling of its bytes. */
function isCanonical(part: string): boolean {
  if (!BASE64URL.test(part)) return false;
  const rest = part.length % 4;
  if (rest === 2) return LAST_OF_TWO.test(part);
  return rest === 3 ? LAST_OF_THREE.test(part) : rest === 0;
}

const TOKEN_TYPES: ReadonlySet<string> = new Set(['jwt', 'jose', 'jws', 'at+jwt', 'id_token+jwt']);

/** RFC 8725 §3.11: a JWT of another kind (proof of possession, logout, …) is no access token. */
function isTokenType(typ: unknown): boolean {
  if (typ === undefined) return true;
  if (typeof typ !== 'string') return false;
  const name = typ.toLowerCase().replace(/^application\//, '');
  return TOKEN_TYPES.has(name) || name.endsWith('-at+jwt');
}

/** A token within a token says nothing that is read here. */
function isContentType(cty: unknown): boolean {
  return cty === undefined || (typeof cty === 'string' && !/jwt/i.test(cty));
}
