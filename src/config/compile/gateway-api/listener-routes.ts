import type { TcpRoute } from '../../../snapshot/gateway-server.ts';
import type { Route } from '../../../snapshot/route.ts';
import type { PortServer } from '../gateway-servers.ts';
import { bySpecificity, hostWithin } from '../host-match.ts';
import { sourceKey } from '../report.ts';
import { isCatchAllRoute } from '../route.ts';
import type { Scope } from '../scope.ts';
import { type AnyRoute, attachments, domainsOf } from './attachment.ts';
import type { GatewayListener } from './gateway-listeners.ts';
import { inOrder, type RankedRoutes } from './precedence.ts';
import { ruleDestinations } from './rule-destinations.ts';
import { rankedRoutes } from './rule-routes.ts';

/** The routes of each host that HTTP listeners serve, in order; hosts of a listener without routes have none. */
export function listenerRoutes(
  servers: readonly PortServer[],
  scope: Scope,
): ReadonlyMap<string, readonly Route[]> {
  const listeners = servers.flatMap(({ listener }) => listener ?? []);
  const byDomain = new Map<string, RankedRoutes[]>();
  for (const { listener } of listeners) if (listener.hostname) byDomain.set(listener.hostname, []);
  const routes = [...scope.resources.of('HTTPRoute'), ...scope.resources.of('GRPCRoute')];
  for (const route of listeners.length > 0 ? routes : []) {
    const domains = servedDomains(route, listeners, scope);
    const compiled = domains.length > 0 ? rankedRoutes(route, scope) : [];
    for (const domain of domains) byDomain.set(domain, [...(byDomain.get(domain) ?? []), ...compiled]);
  }
  return new Map([...byDomain].map(([domain, ranked]) => [domain, upToCatchAll(inOrder(ranked))]));
}

/** What stands behind a route that takes everything is never asked: a regex behind the prefix `/`. */
function upToCatchAll(routes: readonly Route[]): readonly Route[] {
  const last = routes.findIndex(isCatchAllRoute);
  return last < 0 ? routes : routes.slice(0, last + 1);
}

/** The TCPRoutes and TLSRoutes of a listener, oldest first; `byName` tells connections apart by server name. */
export function listenerTcpRoutes({ listener }: PortServer, byName: boolean, scope: Scope): TcpRoute[] {
  if (!listener) return [];
  return [...scope.resources.of('TLSRoute'), ...scope.resources.of('TCPRoute')].flatMap((route) => {
    const domains = servedDomains(route, [listener], scope);
    return domains.length > 0 ? tcpRoutes(route, byName ? domains : [], scope) : [];
  });
}

/** A host is the most specific listener's alone, whatever a wider one's routes say. */
function servedDomains(
  route: AnyRoute,
  listeners: readonly GatewayListener[],
  { resources }: Scope,
): readonly string[] {
  const attached = attachments(route, resources).flatMap((one) => one.listeners);
  const found = attached.flatMap((one) => {
    const here = listeners.some((other) => isSame(one, other));
    return here ? domainsOf(route, one).filter((domain) => isBest(one, domain, listeners)) : [];
  });
  return [...new Set(found)];
}

function isBest(own: GatewayListener, domain: string, listeners: readonly GatewayListener[]): boolean {
  const hostOf = ({ listener }: GatewayListener) => listener.hostname ?? '*';
  return !listeners.some(
    (other) =>
      other.gateway === own.gateway &&
      other.listener.port === own.listener.port &&
      hostOf(other) !== hostOf(own) &&
      hostWithin(domain, hostOf(other)) &&
      bySpecificity(hostOf(other), hostOf(own)) < 0,
  );
}

function isSame(a: GatewayListener, b: GatewayListener): boolean {
  return a.owner === b.owner && a.index === b.index;
}

function tcpRoutes(route: AnyRoute, sniHosts: readonly string[], scope: Scope): TcpRoute[] {
  return route.spec.rules.flatMap((rule, i) => {
    const path = ['spec', 'rules', i];
    const destinations = ruleDestinations(rule.backendRefs, route, [...path, 'backendRefs'], scope);
    if (destinations.length === 0) return [];
    return [
      {
        source: scope.report.place(sourceKey(route, 'rules', i), route, path),
        matches: sniHosts.length > 0 ? [{ sniHosts, destinationSubnets: [], sourceSubnets: [] }] : [],
        destinations: destinations.map(({ cluster, weight }) => ({ cluster, weight })),
      },
    ];
  });
}
