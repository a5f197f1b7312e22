import type { ForwardAction, Route, RouteAction, RouteMatch } from '../../snapshot/route.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { corsOf } from './cors.ts';
import { placedRules } from './delegate.ts';
import { destinations } from './destination.ts';
import { faultOf } from './fault.ts';
import { hasGatewaySemantics, withGatewaySemantics } from './gateway-semantics.ts';
import { headerOperations } from './header-change.ts';
import { mirrors } from './mirror.ts';
import { sourceKey } from './report.ts';
import { retryPolicy } from './retry-policy.ts';
import { directAction, redirectAction, rewriteOf } from './route-action.ts';
import { isCatchAll, routeMatch } from './route-match.ts';
import type { RoutePlace } from './route-place.ts';
import type { Scope } from './scope.ts';
import type { HttpRule } from './spec-parts.ts';

/** The routes of a VirtualService's http rules in one place, up to and with the first catch-all. */
export function routesOf(owner: Resource<'VirtualService'>, place: RoutePlace, scope: Scope): Route[] {
  const routes: Route[] = [];
  for (const { rule, index, owner: writtenIn } of placedRules(owner, scope)) {
    const found = ruleRoutes(rule, index, writtenIn, place, scope);
    routes.push(...(hasGatewaySemantics(owner) ? found.flatMap(withGatewaySemantics) : found));
    if (routes.some(isCatchAllRoute)) break;
  }
  return routes;
}

/** Whether a route takes every request that reaches it. */
export function isCatchAllRoute({ matches }: Route): boolean {
  return matches.length === 0 || matches.some(isCatchAll);
}

/** One route, or two: a catch-all item stands alone because gateways move it behind other routes. */
function ruleRoutes(
  rule: HttpRule,
  i: number,
  owner: Resource<'VirtualService'>,
  place: RoutePlace,
  scope: Scope,
): Route[] {
  const groups = matchGroups(rule, owner, place);
  if (groups.length === 0) return [];
  const path: FieldPath = ['spec', 'http', i];
  const action = routeAction(rule, owner, path, place, scope);
  if (!action) return [];
  const source = scope.report.place(sourceKey(owner, 'http', i), owner, path);
  const headers = headerOperations(rule.headers);
  const cors = corsOf(rule.corsPolicy);
  const fault = rule.redirect ? undefined : faultOf(rule.fault);
  return groups.map((matches) => ({
    name: rule.name ?? '',
    source,
    matches,
    action,
    ...(headers && { headers }),
    ...(cors && { cors }),
    ...(fault && { fault }),
  }));
}

function matchGroups(rule: HttpRule, owner: Resource<'VirtualService'>, place: RoutePlace): RouteMatch[][] {
  if (rule.match.length === 0) return replacesPrefix(rule) ? [[anyPrefix]] : [[]];
  const matches = rule.match
    .flatMap((match) => routeMatch(match, owner, place) ?? [])
    .map((match) => (replacesPrefix(rule) ? { ...anyPrefix, ...match } : match));
  const first = matches.findIndex(isCatchAll);
  if (first < 0) return matches.length > 0 ? [matches] : [];
  const specific = matches.slice(0, first);
  const catchAll = matches.slice(first, first + 1);
  return specific.length > 0 ? [specific, catchAll] : [catchAll];
}

const anyPrefix: RouteMatch = { path: { kind: 'prefix', value: '/' } };

/** Where no uri match is written, what is replaced is the prefix `/`. */
function replacesPrefix({ rewrite, redirect }: HttpRule): boolean {
  return Boolean(rewrite?.uri || redirect?.prefixRewrite);
}

function routeAction(
  rule: HttpRule,
  owner: Resource<'VirtualService'>,
  path: FieldPath,
  place: RoutePlace,
  scope: Scope,
): RouteAction | undefined {
  if (rule.redirect) return redirectAction(rule.redirect);
  if (rule.directResponse) return directAction(rule.directResponse);
  if (rule.delegate) return undefined;
  return forwardAction(rule, owner, path, place, scope);
}

function forwardAction(
  rule: HttpRule,
  owner: Resource<'VirtualService'>,
  path: FieldPath,
  place: RoutePlace,
  scope: Scope,
): ForwardAction {
  const rewrite = rewriteOf(rule.rewrite);
  const retry = retryPolicy(rule.retries);
  const mirrored = mirrors(rule, owner, path, place, scope);
  return {
    kind: 'forward',
    destinations: destinations(rule.route, owner, [...path, 'route'], place, scope),
    ...(rewrite && { rewrite }),
    ...(rule.timeout && { timeoutMs: rule.timeout }),
    ...(retry && { retry }),
    ...(mirrored.length > 0 && { mirrors: mirrored }),
  };
}
