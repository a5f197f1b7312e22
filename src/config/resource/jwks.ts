import * as z from 'zod';

const key = z.looseObject({ kty: z.string().min(1) });
const keySet = z.looseObject({ keys: z.array(key) });

/** Bytes that only the holder of a key knows, by RFC 7518 name; `k` of `oct` keys is the key itself. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'];
const MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
  ['OKP', ['crv', 'x']],
  ['oct', ['k']],
]);

/** Why a text is not a JSON Web Key Set (RFC 7517), if it is not. */
export function jwksProblem(text: string): string | undefined {
  const parsed = keySet.safeParse(json(text));
  if (!parsed.success) return 'jwks parse error: must be JSON like {"keys": [{"kty": "RSA", …}]}';
  for (const [index, { kty, ...members }] of parsed.data.keys.entries()) {
    const missing = MEMBERS.get(kty)?.find((member) => typeof members[member] !== 'string');
    if (missing !== undefined) return `jwks parse error: key ${index} (${kty}) needs "${missing}"`;
  }
  return undefined;
}

/** Whether a key set gives private keys away; a text that is no key set gives none. */
export function hasPrivateKey(text: string): boolean {
  const parsed = keySet.safeParse(json(text));
  return (
    parsed.success &&
    parsed.data.keys.some(
      ({ kty, ...members }) => kty !== 'oct' && PRIVATE_MEMBERS.some((name) => name in members),
    )
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
