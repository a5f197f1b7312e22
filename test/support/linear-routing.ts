import type { NamedMatch, StringMatch } from '../../src/match/value-match.ts';
import type { RouteMatch, VirtualHost } from '../../src/snapshot/route.ts';

/** A request as routing sees it. */
export interface PlainRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly query: readonly (readonly [string, string])[];
}

/** Every item of a route's `match` that the request satisfies, as `route/item`, read one by one in order. */
export function linearMatches({ routes }: VirtualHost, request: PlainRequest): string[] {
  return routes.flatMap(({ matches }, route) => {
    if (matches.length === 0) return [`${route}/0`];
    return matches.flatMap((match, item) => (linearMatch(match, request) ? [`${route}/${item}`] : []));
  });
}

/** Whether a request satisfies an item; shares nothing with the code of the project. */
export function linearMatch(match: RouteMatch, request: PlainRequest): boolean {
  const headers = new Map<string, string>();
  for (const [n, v] of request.headers) headers.set(n, headers.has(n) ? `${headers.get(n)},${v}` : v);
  const query = new Map<string, string>();
  for (const [n, v] of request.query) if (!query.has(n)) query.set(n, v);
  return (
    (!match.path || stringMatches(match.path, request.path)) &&
    (!match.method || stringMatches(match.method, request.method)) &&
    (match.headers ?? []).every((item) => namedMatches(item, headers.get(item.name))) &&
    (match.queryParams ?? []).every((item) => namedMatches(item, query.get(item.name)))
  );
}

function namedMatches({ match, invert }: NamedMatch, found: string | undefined): boolean {
  if (match === undefined) return invert ? found === undefined : found !== undefined;
  if (invert) return !stringMatches(match, found === undefined ? '' : found);
  return found !== undefined && stringMatches(match, found);
}

function stringMatches(match: StringMatch, text: string): boolean {
  if (match.kind === 'present') return text.length > 0;
  if (match.kind === 'regex') return new RegExp(`^(?:${match.value})$`).test(text);
  if (match.kind === 'template') throw new Error('no route has a template');
  const fold = (s: string) => (match.ignoreCase ? s.toUpperCase() : s);
  const [wanted, given] = [fold(match.value), fold(text)];
  if (match.kind === 'exact') return wanted === given;
  const at =
    match.kind === 'prefix'
      ? given.slice(0, wanted.length)
      : given.slice(Math.max(0, given.length - wanted.length));
  return at === wanted;
}
