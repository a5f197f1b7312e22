import type { Claims } from '../../../identity/jwt/token-verdict.ts';
import type { RequestText } from '../../explain/read-request.ts';

/** A request in parts, as routes and policies look at it. */
export interface Draft {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Host and, where it matters, port. */
  readonly authority: string;
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Lower-case names. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Of a token that comes with it; absent = none comes. */
  readonly claims?: Claims;
}

/** GET / of this authority. */
export function draftTo(authority: string): Draft {
  return { method: 'GET', scheme: 'http', authority, path: '/', query: [], headers: [] };
}

/** The draft as a person would write it. */
export function draftText({ method, scheme, authority, path, query, headers }: Draft): RequestText {
  const pairs = query.map(([name, value]) => `${encoded(name)}=${encoded(value).replaceAll('&', '%26')}`);
  return {
    method,
    url: `${scheme}://${authority}${encoded(path)}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`,
    headers: headers.map(([name, value]) => `${name}: ${value}`),
  };
}

/** With one header more, or in place of the one of that name. */
export function withHeader(draft: Draft, name: string, value: string): Draft {
  return { ...draft, headers: [...draft.headers.filter(([known]) => known !== name), [name, value]] };
}

/** With a claim more, from the top of the payload downwards. */
export function withClaim(draft: Draft, path: readonly string[], value: unknown): Draft {
  return { ...draft, claims: claimed(draft.claims ?? {}, path, value) };
}

/** Names are a user's: they become own members whatever they are. */
function claimed(claims: Claims, [name, ...rest]: readonly string[], value: unknown): Claims {
  if (name === undefined) return claims;
  const inner = Object.hasOwn(claims, name) ? claims[name] : undefined;
  const below = typeof inner === 'object' && inner !== null ? (inner as Claims) : {};
  const own = rest.length === 0 ? value : claimed(below, rest, value);
  return Object.fromEntries([...Object.entries(claims).filter(([known]) => known !== name), [name, own]]);
}

/** What ends a part of a request target stands percent-encoded. */
function encoded(part: string): string {
  return part.replace(/[\s?#]/g, (character) => encodeURIComponent(character));
}
