import type { Route, VirtualHost } from '../../snapshot/route.ts';
import { listenerRoutes } from './gateway-api/listener-routes.ts';
import type { PortServer } from './gateway-servers.ts';
import { hostIntersection, hostWithin } from './host-match.ts';
import { isCatchAllRoute, routesOf } from './route.ts';
import type { Scope } from './scope.ts';
import { type BoundVirtualService, visibleVirtualServices } from './virtual-service-index.ts';

/**
 * The virtual hosts of HTTP servers that are one listener. Routes of one domain: VirtualServices oldest first, then
 * catch-alls last without changing their order. Hosts of `guarded` servers to which these only redirect have nothing
 * but the redirect, also for who came by https.
 */
export function gatewayVirtualHosts(
  servers: readonly PortServer[],
  scope: Scope,
  guarded: readonly PortServer[] = [],
): VirtualHost[] {
  const redirects = new Map<string, string>();
  const byDomain = new Map<string, Route[]>();
  for (const server of servers) {
    for (const { host } of server.hosts) {
      noteRedirect(redirects, host, server);
      for (const inner of hostsOf(guarded))
        if (hostWithin(inner, host)) noteRedirect(redirects, inner, server);
    }
  }
  for (const service of visibleVirtualServices(scope)) {
    for (const binding of bindings(service, servers)) {
      for (const server of binding.servers) noteRedirect(redirects, binding.domain, server);
      if (isGuarded(binding, guarded)) continue;
      const routes = routesOf(service.resource, placeOf(binding, scope), scope);
      byDomain.set(binding.domain, [...(byDomain.get(binding.domain) ?? []), ...routes]);
    }
  }
  for (const [domain, routes] of listenerRoutes(servers, scope))
    byDomain.set(domain, [...(byDomain.get(domain) ?? []), ...routes]);
  const domains = new Set([...byDomain.keys(), ...redirects.keys()]);
  return [...domains].sort().map((domain) => {
    const redirect = redirects.get(domain);
    const routes = catchAllsLast(byDomain.get(domain) ?? []);
    return {
      name: domain,
      domains: [domain],
      routes: redirect ? [httpsRedirect(redirect), ...routes] : routes,
    };
  });
}

/** A VirtualService on one domain, with the servers through which it got there. */
interface Binding {
  readonly domain: string;
  readonly servers: PortServer[];
}

/** The domains on which a VirtualService runs: where its hosts and those of its gateways' servers meet. */
function bindings(
  { resource, hosts, gateways }: BoundVirtualService,
  servers: readonly PortServer[],
): Binding[] {
  const byDomain = new Map<string, Binding>();
  for (const server of servers.filter(({ gateway }) => gateways.has(gateway))) {
    for (const { host, namespace } of server.hosts) {
      if (namespace !== undefined && namespace !== resource.namespace) continue;
      for (const domain of hosts.flatMap((own) => hostIntersection(own, host) ?? [])) {
        const binding = byDomain.get(domain) ?? { domain, servers: [] };
        binding.servers.push(server);
        byDomain.set(domain, binding);
      }
    }
  }
  return [...byDomain.values()];
}

function isGuarded({ domain, servers }: Binding, guarded: readonly PortServer[]): boolean {
  if (!servers.every(({ httpsRedirect }) => httpsRedirect)) return false;
  return hostsOf(guarded).some((host) => hostWithin(domain, host));
}

function hostsOf(servers: readonly PortServer[]): string[] {
  return servers.flatMap(({ hosts }) => hosts.map(({ host }) => host));
}

function placeOf({ servers }: Binding, { target }: Scope) {
  return {
    target,
    gateways: new Set(servers.map(({ gateway }) => gateway)),
    ports: [...new Set(servers.map(({ writtenPort }) => writtenPort))],
  };
}

function noteRedirect(
  redirects: Map<string, string>,
  domain: string,
  { httpsRedirect, source }: PortServer,
): void {
  if (httpsRedirect && !redirects.has(domain)) redirects.set(domain, source);
}

/** Istio's httpsRedirect: plaintext requests go to the same place on https, port 443. */
function httpsRedirect(source: string): Route {
  return {
    name: '',
    source,
    matches: [{ scheme: { kind: 'exact', value: 'http' } }],
    action: { kind: 'redirect', status: 301, scheme: 'https', port: 443 },
  };
}

function catchAllsLast(routes: readonly Route[]): Route[] {
  return [...routes.filter((route) => !isCatchAllRoute(route)), ...routes.filter(isCatchAllRoute)];
}
