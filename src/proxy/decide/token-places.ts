import type { HeaderList } from '../../http/header-list.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { TokenPlace } from '../../snapshot/jwt-rule.ts';
import { cookieValues, withoutCookies } from './cookie.ts';
import type { Edit } from './decision.ts';
import { withHyphens } from './identity-headers.ts';
import { queryParameters, withoutParameters } from './query-parameters.ts';

const NONE: readonly FoundToken[] = [];

/** A token as it was found. */
export interface FoundToken {
  readonly token: string;
  readonly place: TokenPlace;
}

type HeaderPlace = Extract<TokenPlace, { readonly kind: 'header' }>;

/** The tokens at the places, in their order; every line, parameter and cookie of a name counts. */
export function findTokens(
  request: CanonicalRequest,
  places: readonly TokenPlace[],
  stripped: ReadonlySet<string>,
): readonly FoundToken[] {
  let found = NONE;
  for (const place of places) {
    if (!mayHold(request, place) || (place.kind === 'header' && stripped.has(withHyphens(place.name))))
      continue;
    const here = tokensAt(request, place);
    if (here.length > 0) found = found.length === 0 ? here : [...found, ...here];
  }
  return found;
}

/** The edits that take tokens out of the request: whole headers, parameters, cookies; each place once. */
export function removeTokens(request: CanonicalRequest, tokens: readonly FoundToken[]): readonly Edit[] {
  const [only] = tokens;
  if (tokens.length === 1 && only?.place.kind === 'header') return removal(only.place);
  const places = tokens.map(({ place }) => place);
  const headers = places.filter((place) => place.kind === 'header');
  const names = (kind: TokenPlace['kind']) =>
    new Set(places.filter((place) => place.kind === kind).map(({ name }) => name));
  const edits: Edit[] = [...new Set(headers)].flatMap(removal);
  const params = names('param');
  if (params.size > 0) edits.push({ kind: 'query', value: withoutParameters(request.query, params) });
  const cookies = names('cookie');
  if (cookies.size > 0) edits.push(cookieEdit(withoutCookies(request.headers.getAll('cookie'), cookies)));
  return edits;
}

const removalEdits = new WeakMap<TokenPlace, readonly Edit[]>();

/** One edit for each place, made once. */
function removal(place: TokenPlace): readonly Edit[] {
  const known = removalEdits.get(place);
  if (known !== undefined) return known;
  const edits: readonly Edit[] = [{ kind: 'remove', name: place.name }];
  removalEdits.set(place, edits);
  return edits;
}

function cookieEdit(value: string): Edit {
  return value === '' ? { kind: 'remove', name: 'cookie' } : { kind: 'set', name: 'cookie', value };
}

/** A cheap look, so that requests without tokens cost next to nothing. */
function mayHold({ headers, query }: CanonicalRequest, place: TokenPlace): boolean {
  if (place.kind === 'param') return query.includes(place.name) || /[%+]/.test(query);
  return headers.has(place.kind === 'cookie' ? 'cookie' : place.name);
}

function tokensAt({ headers, query }: CanonicalRequest, place: TokenPlace): readonly FoundToken[] {
  switch (place.kind) {
    case 'header':
      return headerTokens(headers, place);
    case 'param':
      return queryParameters(query, place.name).map((token) => ({ token, place }));
    case 'cookie':
      return cookieValues(headers.getAll('cookie'), place.name).map((token) => ({ token, place }));
  }
}

function headerTokens(headers: HeaderList, place: HeaderPlace): readonly FoundToken[] {
  const { name, prefix } = place;
  const tokens: FoundToken[] = [];
  for (let i = headers.indexOf(name); i >= 0; i = headers.indexOf(name, i + 1)) {
    const token = headerToken(headers.valueAt(i), prefix);
    if (token !== undefined) tokens.push({ token, place });
  }
  return tokens;
}

/** A value without the prefix holds no token; after it, what cannot begin one is skipped (as Envoy does). */
function headerToken(value: string, prefix: string): string | undefined {
  if (prefix === '') return value;
  const at = value.indexOf(prefix);
  if (at < 0) return undefined;
  for (let start = at + prefix.length; start < value.length; start++) {
    if (isTokenCharacter(value.charCodeAt(start))) return value.slice(start);
  }
  return value;
}

/** Base64url, or the dot between the parts. */
function isTokenCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f
  );
}
