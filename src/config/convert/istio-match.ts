import type { NamedMatch, StringMatch } from '../../match/value-match.ts';
import type { RouteMatch } from '../../snapshot/route.ts';
import type { Document } from './conversion.ts';

/** A match as HTTPMatchRequest. */
export function istioMatch({
  path,
  scheme,
  method,
  authority,
  headers = [],
  queryParams = [],
}: RouteMatch): Document {
  const wanted = headers.filter(({ invert }) => !invert);
  const unwanted = headers.filter(({ invert }) => invert);
  const ignoresCase = path !== undefined && 'ignoreCase' in path && path.ignoreCase === true;
  return {
    ...(path && { uri: istioString(path) }),
    ...(ignoresCase && { ignoreUriCase: true }),
    ...(scheme && { scheme: istioString(scheme) }),
    ...(method && { method: istioString(method) }),
    ...(authority && { authority: istioString(authority) }),
    ...(wanted.length > 0 && { headers: named(wanted) }),
    ...(unwanted.length > 0 && { withoutHeaders: named(unwanted) }),
    ...(queryParams.length > 0 && { queryParams: named(queryParams) }),
  };
}

/** Whether a name is asked for twice, which a map cannot say. */
export function hasRepeatedNames({ headers = [], queryParams = [] }: RouteMatch): boolean {
  return [headers, queryParams].some(
    (list) => new Set(list.map(({ name, invert }) => `${name} ${invert}`)).size < list.length,
  );
}

/** A StringMatch; a suffix as the regular expression that it is. */
export function istioString(match: StringMatch): Document {
  if (match.kind === 'exact' || match.kind === 'prefix' || match.kind === 'regex')
    return { [match.kind]: match.value };
  return { regex: '.*' };
}

function named(list: readonly NamedMatch[]): Document {
  return Object.fromEntries(list.map(({ name, match }) => [name, match ? istioString(match) : {}]));
}
