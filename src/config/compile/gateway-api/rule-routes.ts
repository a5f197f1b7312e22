import type { Route, RouteAction } from '../../../snapshot/route.ts';
import type { GrpcRule } from '../../gateway-api/grpc-route.ts';
import type { HttpRule } from '../../gateway-api/http-route.ts';
import type { Resource } from '../../resource/resource.ts';
import { sourceKey } from '../report.ts';
import type { Scope } from '../scope.ts';
import { filterCors } from './cors-filter.ts';
import { filterHeaders } from './header-filter.ts';
import { mirrorsOf, type PrefixHalf, redirectOf, resilienceOf, rewriteOf } from './http-action.ts';
import { type CompiledMatch, grpcMatch, httpMatch } from './http-match.ts';
import type { RankedRoutes } from './precedence.ts';
import { ruleDestinations } from './rule-destinations.ts';

/** A route whose rules are those of requests. */
export type RequestRoute = Resource<'HTTPRoute'> | Resource<'GRPCRoute'>;

/** The routes of an HTTPRoute or GRPCRoute, one or more for each match. */
export function rankedRoutes(owner: RequestRoute, scope: Scope): readonly RankedRoutes[] {
  if (owner.kind === 'HTTPRoute')
    return owner.spec.rules
      .map(withOwnFilters)
      .flatMap((rule, i) => rule.matches.map((spec) => ranked(httpMatch(spec), rule, i, owner, scope)));
  const any = { headers: [] };
  return owner.spec.rules.flatMap((rule, i) =>
    (rule.matches.length > 0 ? rule.matches : [any]).map((spec) =>
      ranked(grpcMatch(spec), rule, i, owner, scope),
    ),
  );
}

/** Of a sole backend the filters that redirect and rewrite are the rule's. */
function withOwnFilters(rule: HttpRule): HttpRule {
  const [only, ...more] = rule.backendRefs;
  if (only === undefined || more.length > 0) return rule;
  const own = only.filters.filter(({ type }) => type === 'RequestRedirect' || type === 'URLRewrite');
  const free = own.filter(({ type }) => !rule.filters.some((filter) => filter.type === type));
  return free.length > 0 ? { ...rule, filters: [...rule.filters, ...free] } : rule;
}

function ranked(
  match: CompiledMatch,
  rule: HttpRule | GrpcRule,
  i: number,
  owner: RequestRoute,
  scope: Scope,
): RankedRoutes {
  const { specificity } = match;
  return {
    specificity,
    owner,
    routes: halves(match, rule).map((half) => route(half, rule, i, owner, scope)),
  };
}

interface Half {
  readonly matches: Route['matches'];
  readonly half: PrefixHalf;
}

/** A prefix that is replaced is two routes: the path itself and what is below it are replaced differently. */
function halves({ matches, prefix }: CompiledMatch, rule: HttpRule | GrpcRule): readonly Half[] {
  const replaces = rule.filters.some(
    (filter) =>
      ('urlRewrite' in filter && filter.urlRewrite?.path?.type === 'ReplacePrefixMatch') ||
      ('requestRedirect' in filter && filter.requestRedirect?.path?.type === 'ReplacePrefixMatch'),
  );
  const [self, below] = matches;
  if (!replaces || prefix === undefined || self === undefined) return [{ matches, half: undefined }];
  if (below === undefined)
    return [{ matches: [{ path: { kind: 'prefix', value: '/' }, ...self }], half: 'below' }];
  return [
    { matches: [self], half: 'self' },
    { matches: [below], half: 'below' },
  ];
}

function route(
  { matches, half }: Half,
  rule: HttpRule | GrpcRule,
  i: number,
  owner: RequestRoute,
  scope: Scope,
): Route {
  const headers = filterHeaders(rule.filters);
  const filters: HttpRule['filters'] = rule.filters;
  const cors = filterCors(filters);
  return {
    name: rule.name ?? '',
    source: scope.report.place(sourceKey(owner, 'rules', i), owner, ['spec', 'rules', i]),
    matches,
    action: action(rule, i, half, owner, scope),
    ...(headers && { headers }),
    ...(cors && { cors }),
  };
}

/** Nobody is asked where nothing could be: no backend, or none that has a weight. */
const NOBODY: RouteAction = { kind: 'direct', status: 500, body: '' };

function action(
  rule: HttpRule | GrpcRule,
  i: number,
  half: PrefixHalf,
  owner: RequestRoute,
  scope: Scope,
): RouteAction {
  const path = ['spec', 'rules', i];
  const filters: HttpRule['filters'] = rule.filters;
  const redirect = filters.find(({ requestRedirect }) => requestRedirect)?.requestRedirect;
  if (redirect) return redirectOf(redirect, half);
  const unknown = filters.some(({ type }) => type === 'ExtensionRef' || type === 'ExternalAuth');
  const destinations = ruleDestinations(rule.backendRefs, owner, [...path, 'backendRefs'], scope);
  if (destinations.length === 0 || unknown) return NOBODY;
  const rewrite = rewriteOf(filters, half);
  const mirrors = mirrorsOf(filters, owner, path, scope);
  return {
    kind: 'forward',
    destinations,
    ...(rewrite && { rewrite }),
    ...resilienceOf('timeouts' in rule || 'retry' in rule ? rule : {}),
    ...(mirrors.length > 0 && { mirrors }),
  };
}
