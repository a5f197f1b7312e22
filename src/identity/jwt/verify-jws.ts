import { compactVerify } from 'jose';
import { type GatedJws, gateJws } from './jws-gate.ts';
import type { KeySet } from './key-set.ts';
import type { TokenRefusal } from './token-verdict.ts';

/** Keys that one token is tried with at most. */
const MAX_CANDIDATES = 8;

/** Why no key of the set verifies a JWS that was let through; undefined when one does. */
export async function signatureRefusal(
  token: string,
  { alg, kid }: GatedJws,
  keys: KeySet,
): Promise<TokenRefusal | undefined> {
  const candidates = keys.candidates(alg, kid);
  if (candidates.length === 0) return 'key_unknown';
  for (const key of candidates.slice(0, MAX_CANDIDATES)) {
    try {
      await compactVerify(token, await key.use(alg), { algorithms: [alg] });
      return undefined;
    } catch {
      // Another key of the same id may do.
    }
  }
  return 'signature';
}

/** Why a JWS does not count under these keys, whatever it carries; undefined when it does. */
export async function jwsRefusal(token: string, keys: KeySet): Promise<TokenRefusal | undefined> {
  const jws = gateJws(token);
  return typeof jws === 'string' ? jws : signatureRefusal(token, jws, keys);
}
