import { decodeBase64Url } from './bytes.ts';
import { IdentityError } from './identity-error.ts';

/** The parts of a compact JWS that were let through. Nothing in them is verified. */
export interface CompactJws {
  readonly header: unknown;
  readonly payload: unknown;
}

/**
 * Lets through a compact JWS (RFC 7515 §7.1) that has only one spelling: canonical base64url and JSON as
 * `JSON.stringify` writes it, so without duplicate members or white space. Throws `proof_malformed`.
 */
export function gateCompactJws(jws: string, maxLength: number): CompactJws {
  if (jws.length > maxLength) throw refusal('is too long');
  const parts = jws.split('.', 4);
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || !header || !payload || !signature) throw refusal('has not three parts');
  try {
    if (decodeBase64Url(signature).length !== ES256_BYTES) throw refusal('has no ES256 signature');
    return { header: readJson(header), payload: readJson(payload) };
  } catch (cause) {
    if (cause instanceof IdentityError && cause.code === 'proof_malformed') throw cause;
    throw new IdentityError('proof_malformed', 'proof is not canonical', cause);
  }
}

const ES256_BYTES = 64;

function readJson(part: string): unknown {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decodeBase64Url(part));
  const value: unknown = JSON.parse(text);
  if (JSON.stringify(value) !== text) throw refusal('has JSON with a second spelling');
  return value;
}

function refusal(detail: string): IdentityError {
  return new IdentityError('proof_malformed', `proof ${detail}`);
}
