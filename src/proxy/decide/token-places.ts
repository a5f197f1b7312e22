import type { CanonicalRequest } from '../../http/message.ts';
import type { TokenPlace } from '../../snapshot/jwt-rule.ts';
import { withoutCookies } from './cookie.ts';
import type { Edit } from './decision.ts';
import { withoutParameters } from './query-parameters.ts';

/** A token as it was found. */
export interface FoundToken {
  readonly token: string;
  readonly place: TokenPlace;
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
