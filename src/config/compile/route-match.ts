import type { NamedMatch, StringMatch } from '../../match/value-match.ts';
import type { RouteMatch } from '../../snapshot/route.ts';
import type { Resource } from '../resource/resource.ts';
import { claimMatches, isClaimKey } from './claim-match.ts';
import { gatewayName } from './gateway-name.ts';
import { selects } from './labels.ts';
import type { RoutePlace } from './route-place.ts';
import type { HttpMatch } from './spec-parts.ts';

/**
 * HTTPMatchRequest. Undefined when it can never hold in this place: another gateway, port or client, or in the mesh a
 * JWT claim (`@request.auth.claims`): tokens are verified before a route is chosen at gateways only.
 */
export function routeMatch(
  match: HttpMatch,
  owner: Resource<'VirtualService'>,
  place: RoutePlace,
): RouteMatch | undefined {
  if (!appliesHere(match, owner, place)) return undefined;
  const claims = claimMatches(match, condition);
  if (claims === undefined || (claims.length > 0 && place.target.kind !== 'gateway')) return undefined;
  const path = pathMatch(match);
  const scheme = stringMatch(match.scheme);
  const method = stringMatch(match.method);
  const authority = stringMatch(match.authority);
  const headers = [...headerMatches(match.headers, false), ...headerMatches(match.withoutHeaders, true)];
  const queryParams = [...(match.queryParams ?? [])].map(([name, value]) => namedMatch(name, value));
  return {
    ...(match.name && { name: match.name }),
    ...(path && { path }),
    ...(scheme && { scheme }),
    ...(method && { method }),
    ...(authority && { authority }),
    ...(headers.length > 0 && { headers }),
    ...(queryParams.length > 0 && { queryParams }),
    ...(claims.length > 0 && { claims }),
  };
}

/** Whether it looks at nothing but a path that every request has (prefix `/`, regex `.*`). */
export function isCatchAll(match: RouteMatch): boolean {
  const { path, scheme, method, authority, headers, queryParams, claims } = match;
  const anyPath =
    !path ||
    (path.kind === 'prefix' && path.value === '/') ||
    (path.kind === 'regex' && (path.value === '.*' || path.value === '*'));
  return anyPath && !scheme && !method && !authority && !headers && !queryParams && !claims;
}

type StringSpec = HttpMatch['scheme'];
type NamedSpec = HttpMatch['headers'];

/** Istio ignores these header keys: they have match fields of their own. */
const reserved = new Set(['uri', 'scheme', 'method', 'authority']);

function appliesHere(match: HttpMatch, owner: Resource<'VirtualService'>, place: RoutePlace): boolean {
  const { gateways, ports, target } = place;
  if (match.gateways.length > 0) {
    if (!match.gateways.some((name) => gateways.has(gatewayName(name, owner.namespace)))) return false;
  }
  if (match.port !== undefined && !ports.includes(match.port)) return false;
  if (match.sourceNamespace && match.sourceNamespace !== target.namespace) return false;
  return selects(match.sourceLabels, target.labels);
}

/** StringMatch; undefined when it is not written. */
export function stringMatch(spec: StringSpec): StringMatch | undefined {
  if (spec?.exact !== undefined) return { kind: 'exact', value: spec.exact };
  if (spec?.prefix !== undefined) return { kind: 'prefix', value: spec.prefix };
  return spec?.regex === undefined ? undefined : { kind: 'regex', value: spec.regex };
}

/** ignoreUriCase acts on exact and prefix only. */
function pathMatch({ uri, ignoreUriCase }: HttpMatch): StringMatch | undefined {
  const match = stringMatch(uri);
  if (!ignoreUriCase || (match?.kind !== 'exact' && match?.kind !== 'prefix')) return match;
  return { ...match, ignoreCase: true };
}

function headerMatches(spec: NamedSpec, invert: boolean): NamedMatch[] {
  return [...(spec ?? [])]
    .map(([name, value]) => ({ name: name.toLowerCase(), value }))
    .filter(({ name }) => !reserved.has(name) && !isClaimKey(name))
    .map(({ name, value }) => ({ ...namedMatch(name, value), ...(invert && { invert }) }));
}

/** Without a StringMatch, or with regex `*`, the header or parameter must be present. */
function namedMatch(name: string, spec: StringSpec): NamedMatch {
  return { name, ...condition(spec) };
}

function condition(spec: StringSpec): { readonly match?: StringMatch } {
  const match = spec?.regex === '*' ? undefined : stringMatch(spec);
  return match === undefined ? {} : { match };
}
