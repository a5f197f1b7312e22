import type { ClaimMatch } from '../../snapshot/route.ts';
import type { HttpMatch } from './spec-parts.ts';

const CLAIMS = '@request.auth.claims';

/** Whether a header key of a route match means a claim. */
export function isClaimKey(name: string): boolean {
  return name.toLowerCase().startsWith(CLAIMS);
}

/** Names of a claim from the top downwards: `.a.b` or `[a][b]`, which may hold dots; undefined for another text. */
export function claimPath(key: string): readonly string[] | undefined {
  const name = key.slice(CLAIMS.length);
  if (name.startsWith('.') && name.length > 1) return name.slice(1).split('.');
  return /^\[.+\]$/.test(name) ? name.slice(1, -1).split('][') : undefined;
}

/** The claims that a match looks at; undefined when one of its keys names none, so that it can never hold. */
export function claimMatches(
  { headers, withoutHeaders }: HttpMatch,
  conditionOf: (spec: ClaimSpec) => Pick<ClaimMatch, 'match'>,
): ClaimMatch[] | undefined {
  const keys = [...(headers ?? [])].map((entry) => [...entry, false] as const);
  const inverted = [...(withoutHeaders ?? [])].map((entry) => [...entry, true] as const);
  const matches: ClaimMatch[] = [];
  for (const [key, spec, invert] of [...keys, ...inverted]) {
    if (!isClaimKey(key)) continue;
    const path = claimPath(key);
    if (path === undefined) return undefined;
    matches.push({ path, ...conditionOf(spec), ...(invert && { invert }) });
  }
  return matches;
}

type Values<M> = M extends ReadonlyMap<string, infer V> ? V : never;
type ClaimSpec = Values<NonNullable<HttpMatch['headers']>>;
