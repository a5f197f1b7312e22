import type { NamedMatch, StringMatch } from '../../match/value-match.ts';
import type { RouteMatch } from '../../snapshot/route.ts';
import type { Specificity } from '../compile/gateway-api/precedence.ts';
import type { Document } from './conversion.ts';

/** Says why a rule has no counterpart. */
export type Refuse = (why: string) => void;

/** A match as HTTPRouteMatch. `scheme` is that of the server: a condition on it always holds or never does. */
export function httpRouteMatch(match: RouteMatch, scheme: 'http' | 'https', refuse: Refuse): Document {
  const { path, method, authority, headers = [], queryParams = [], claims } = match;
  if (match.scheme && (match.scheme.kind !== 'exact' || match.scheme.value !== scheme))
    refuse('it matches on another scheme');
  if (authority) refuse('it matches on the authority');
  if (claims) refuse('it matches on claims of a token');
  if (method && method.kind !== 'exact') refuse('it matches on a method by a pattern');
  return {
    path: pathOf(path, refuse),
    ...(method?.kind === 'exact' && { method: method.value }),
    ...(headers.length > 0 && { headers: headers.map((one) => named(one, 'header', refuse)) }),
    ...(queryParams.length > 0 && {
      queryParams: queryParams.map((one) => named(one, 'query parameter', refuse)),
    }),
  };
}

/** The rank of what is written for a match. */
export function specificityOf({ path, method, headers = [], queryParams = [] }: RouteMatch): Specificity {
  const { type, value } = pathOf(path, () => undefined);
  return {
    path: type === 'Exact' ? 3 : type === 'PathPrefix' ? 2 : 1,
    length: type === 'PathPrefix' ? 0 : value.length,
    method: method !== undefined,
    headers: headers.length,
    queryParams: queryParams.length,
  };
}

/** A prefix of the Gateway API ends at a slash; Istio's does not, and is a regular expression there. */
function pathOf(
  path: StringMatch | undefined,
  refuse: Refuse,
): { readonly type: string; readonly value: string } {
  if (path === undefined || (path.kind === 'prefix' && path.value === '/'))
    return { type: 'PathPrefix', value: '/' };
  if (path.kind === 'exact' && !path.ignoreCase && path.value.startsWith('/'))
    return { type: 'Exact', value: path.value };
  return { type: 'RegularExpression', value: patternOf(path, refuse) };
}

function patternOf(match: StringMatch, refuse: Refuse): string {
  if (match.kind === 'regex') return match.value;
  if (match.kind === 'present') return '.+';
  if (match.kind === 'template') {
    refuse('it matches on a path template');
    return '.*';
  }
  const flags = match.ignoreCase ? '(?i)' : '';
  const quoted = match.value.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  const [before, after] = [match.kind === 'suffix' ? '.*' : '', match.kind === 'prefix' ? '.*' : ''];
  return `${flags}${before}${quoted}${after}`;
}

function named({ name, match, invert }: NamedMatch, what: string, refuse: Refuse): Document {
  if (invert) refuse(`it matches on the absence of ${what} ${name}`);
  if (match?.kind === 'exact' && !match.ignoreCase) return { type: 'Exact', name, value: match.value };
  return { type: 'RegularExpression', name, value: match ? patternOf(match, refuse) : '.*' };
}
