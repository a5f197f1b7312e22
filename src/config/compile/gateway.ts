import type { Route, VirtualHost } from '../../snapshot/route.ts';
import type { GatewayListener } from '../../snapshot/snapshot.ts';
import { policiesFor } from './authorization-policy.ts';
import { type HttpServer, httpServers } from './gateway-servers.ts';
import { hostIntersection } from './host-match.ts';
import { isCatchAllRoute, routesOf } from './route.ts';
import type { Scope } from './scope.ts';
import { type BoundVirtualService, visibleVirtualServices } from './virtual-service-index.ts';

/** Every HTTP server of the gateway, whatever its port; undefined for sidecars. */
export function gatewayListener(scope: Scope): GatewayListener | undefined {
  if (scope.target.kind !== 'gateway') return undefined;
  return { virtualHosts: virtualHosts(scope), policies: policiesFor(scope, 'http') };
}

/** A VirtualService on one domain, with the servers through which it got there. */
interface Binding {
  readonly domain: string;
  readonly servers: HttpServer[];
}

/** Routes of one domain: VirtualServices oldest first, then catch-alls last without changing their order. */
function virtualHosts(scope: Scope): VirtualHost[] {
  const servers = httpServers(scope);
  const redirects = new Map<string, string>();
  const byDomain = new Map<string, Route[]>();
  for (const server of servers) {
    for (const { host } of server.hosts) noteRedirect(redirects, host, server);
  }
  for (const service of visibleVirtualServices(scope)) {
    for (const binding of bindings(service, servers)) {
      for (const server of binding.servers) noteRedirect(redirects, binding.domain, server);
      const place = {
        target: scope.target,
        gateways: new Set(binding.servers.map(({ gateway }) => gateway)),
        ports: [...new Set(binding.servers.map(({ port }) => port))],
      };
      const routes = routesOf(service.resource, place, scope);
      byDomain.set(binding.domain, [...(byDomain.get(binding.domain) ?? []), ...routes]);
    }
  }
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

/** The domains on which a VirtualService runs: where its hosts and those of its gateways' servers meet. */
function bindings(
  { resource, hosts, gateways }: BoundVirtualService,
  servers: readonly HttpServer[],
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

function noteRedirect(
  redirects: Map<string, string>,
  domain: string,
  { httpsRedirect: source }: HttpServer,
): void {
  if (source && !redirects.has(domain)) redirects.set(domain, source);
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
