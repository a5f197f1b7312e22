import type { NamedMatch, StringMatch } from '../../src/match/value-match.ts';
import type { Route, RouteMatch } from '../../src/snapshot/route.ts';

/** What a route does, in a few words: `reviews|v1 80 %, reviews|v3 20 %`. */
export function routeText({ action }: Route): string {
  if (action.kind === 'direct') return `answers ${action.status}`;
  if (action.kind === 'redirect') return `redirects ${action.status}`;
  const total = action.destinations.reduce((sum, { weight }) => sum + weight, 0);
  return action.destinations
    .map(({ cluster, weight }) =>
      action.destinations.length === 1 ? cluster : `${cluster} ${Math.round((weight / total) * 1000) / 10} %`,
    )
    .join(', ');
}

/** A route's condition in a few words: `/reviews* and header end-user=jason`; `/*` is any request. */
export function matchText(match: RouteMatch): string {
  const { path, method, scheme, authority, headers = [], queryParams = [] } = match;
  const parts = [
    ...(path ? [stringText(path)] : []),
    ...(method ? [`method=${stringText(method)}`] : []),
    ...(scheme ? [`scheme=${stringText(scheme)}`] : []),
    ...(authority ? [`authority=${stringText(authority)}`] : []),
    ...headers.map((one) => namedText('header', one)),
    ...queryParams.map((one) => namedText('query', one)),
  ];
  return parts.join(' and ') || '/*';
}

function namedText(what: string, { name, match, invert = false }: NamedMatch): string {
  return `${invert ? 'without ' : ''}${what} ${name}${match ? `=${stringText(match)}` : ''}`;
}

function stringText(match: StringMatch): string {
  if (match.kind === 'present') return '(not empty)';
  if (match.kind === 'exact') return match.value;
  if (match.kind === 'prefix') return `${match.value}*`;
  return match.kind === 'suffix' ? `*${match.value}` : `${match.kind} ${match.value}`;
}
