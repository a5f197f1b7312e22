import type { HeaderList } from '../../http/header-list.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { VerifiedToken } from '../../identity/jwt/token-verdict.ts';
import type { TokenPlace } from '../../snapshot/jwt-rule.ts';
import { cookieValues } from './cookie.ts';
import { withHyphens } from './identity-headers.ts';
import { queryParameters } from './query-parameters.ts';
import { type RecentToken, RecentTokens } from './recent-tokens.ts';
import type { FoundToken } from './token-places.ts';

/** Finds the tokens at places, in their order; every line, parameter and cookie of a name counts. */
export class TokenFinder {
  readonly #places: readonly TokenPlace[];
  /** Of each place that is a header. */
  readonly #recent: readonly (RecentTokens | undefined)[];

  /** Headers in `stripped`, whose names have no `_`, are taken off the request: nothing is found there. */
  constructor(places: readonly TokenPlace[], stripped: ReadonlySet<string>) {
    this.#places = places.filter(({ kind, name }) => kind !== 'header' || !stripped.has(withHyphens(name)));
    this.#recent = this.#places.map(({ kind }) => (kind === 'header' ? new RecentTokens() : undefined));
  }

  find(request: CanonicalRequest): readonly FoundToken[] {
    let found = NONE;
    for (let i = 0; i < this.#places.length; i++) {
      const here = tokensAt(request, this.#places[i] as TokenPlace);
      if (here.length > 0) found = found.length === 0 ? here : [...found, ...here];
    }
    return found;
  }

  /** The only token of a request, where it stands in a header and is kept; undefined tells nothing. */
  recall(request: CanonicalRequest): RecentToken | undefined {
    const { headers } = request;
    let kept: RecentToken | undefined;
    for (let i = 0; i < this.#places.length; i++) {
      const place = this.#places[i] as TokenPlace;
      const recent = this.#recent[i];
      if (recent === undefined) {
        if (tokensAt(request, place).length > 0) return undefined;
        continue;
      }
      const line = headers.indexOf(place.name);
      if (line < 0) continue;
      if (kept !== undefined || headers.indexOf(place.name, line + 1) >= 0) return undefined;
      kept = recent.get(headers.valueAt(line));
      if (kept === undefined) return undefined;
    }
    return kept;
  }

  /** Has the only token of the request, which counted, be recalled in the next. */
  keep({ headers }: CanonicalRequest, { place }: FoundToken, verdict: VerifiedToken): void {
    const line = headers.indexOf(place.name);
    if (line >= 0) this.#recent[this.#places.indexOf(place)]?.keep(headers.valueAt(line), verdict, place);
  }
}

const NONE: readonly FoundToken[] = [];

function tokensAt({ headers, query }: CanonicalRequest, place: TokenPlace): readonly FoundToken[] {
  switch (place.kind) {
    case 'header':
      return headerTokens(headers, place);
    case 'param':
      if (query === '' || !(query.includes(place.name) || /[%+]/.test(query))) return NONE;
      return queryParameters(query, place.name).map((token) => ({ token, place }));
    case 'cookie':
      if (!headers.has('cookie')) return NONE;
      return cookieValues(headers.getAll('cookie'), place.name).map((token) => ({ token, place }));
  }
}

type HeaderPlace = Extract<TokenPlace, { readonly kind: 'header' }>;

function headerTokens(headers: HeaderList, place: HeaderPlace): readonly FoundToken[] {
  const { name, prefix } = place;
  const first = headers.indexOf(name);
  if (first < 0) return NONE;
  const tokens: FoundToken[] = [];
  for (let i = first; i >= 0; i = headers.indexOf(name, i + 1)) {
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
