import type { Route, VirtualHost } from '../../snapshot/route.ts';
import { outboundClusterName } from './cluster-name.ts';
import { serviceRoutes } from './gateway-api/service-routes.ts';
import { MESH } from './gateway-name.ts';
import { hostWithin } from './host-match.ts';
import { DEFAULT_RETRY } from './retry-policy.ts';
import { routesOf } from './route.ts';
import type { Scope } from './scope.ts';
import { httpPorts, type RegistryService } from './service-registry.ts';
import { meshVirtualServices, type VirtualServiceIndex } from './virtual-service-index.ts';
import { visibleServices } from './visible-services.ts';

/** A virtual host of the mesh, with the service port that it belongs to. */
export interface PortVirtualHost {
  readonly port: number;
  readonly virtualHost: VirtualHost;
}

/** One virtual host per HTTP port of each service in reach, and per VirtualService host without a service. */
export function meshVirtualHosts(scope: Scope): PortVirtualHost[] {
  const virtualServices = meshVirtualServices(scope);
  const services = visibleServices(scope);
  const named = new Set(services.map((service) => service.host));
  const ofServices = services.flatMap((service) =>
    httpPorts(service).map((port) => serviceVirtualHost(service, port, virtualServices, scope)),
  );
  const others = virtualServices.all.flatMap(({ hosts }) => hosts.filter((host) => !coversOne(host, named)));
  const ofOthers = [...new Set(others)].flatMap((host) =>
    hostVirtualHosts(host, services, virtualServices, scope),
  );
  return withoutDoubles([...ofServices, ...ofOthers]);
}

const EXTERNAL_PORT = 80;

function serviceVirtualHost(
  service: RegistryService,
  port: number,
  virtualServices: VirtualServiceIndex,
  scope: Scope,
): PortVirtualHost {
  const own = service.namespace === scope.target.namespace;
  const aliases = service.aliases.filter(({ local }) => own || !local).map(({ host }) => host.toLowerCase());
  const first = firstRoutes(service.host, port, virtualServices, scope);
  const routes = first.length > 0 ? first : serviceRoutes(service, port, scope);
  return {
    port,
    virtualHost: {
      name: `${service.host}:${port}`,
      domains: [service.host, ...aliases],
      routes: routes.length > 0 ? routes : [defaultRoute(service, port)],
    },
  };
}

/** Hosts that are no service live on the ports of the ServiceEntry that covers them, else on port 80. */
function hostVirtualHosts(
  host: string,
  services: readonly RegistryService[],
  virtualServices: VirtualServiceIndex,
  scope: Scope,
): PortVirtualHost[] {
  const ports = services.filter((service) => hostWithin(host, service.host)).flatMap(httpPorts);
  return [...new Set(ports.length > 0 ? ports : [EXTERNAL_PORT])].flatMap((port) => {
    const routes = firstRoutes(host, port, virtualServices, scope);
    return routes.length > 0
      ? [{ port, virtualHost: { name: `${host}:${port}`, domains: [host], routes } }]
      : [];
  });
}

/** Sidecars do not merge: the first VirtualService with a route for this client counts. */
function firstRoutes(
  host: string,
  port: number,
  virtualServices: VirtualServiceIndex,
  scope: Scope,
): Route[] {
  const place = { target: scope.target, gateways: new Set([MESH]), ports: [port] };
  for (const { resource } of virtualServices.covering(host)) {
    const routes = routesOf(resource, place, scope);
    if (routes.length > 0) return routes;
  }
  return [];
}

function defaultRoute(service: RegistryService, port: number): Route {
  const destinations = [{ cluster: outboundClusterName(port, '', service.host), weight: 100 }];
  const action = { kind: 'forward', destinations, retry: DEFAULT_RETRY } as const;
  return { name: '', source: '', matches: [], action };
}

function coversOne(host: string, services: ReadonlySet<string>): boolean {
  return (
    services.has(host) || (host.startsWith('*') && [...services].some((service) => hostWithin(service, host)))
  );
}

/** A domain belongs to one virtual host of a port: a full name counts before an alias, then the oldest. */
function withoutDoubles(hosts: readonly PortVirtualHost[]): PortVirtualHost[] {
  const taken = new Set(hosts.map(({ port, virtualHost }) => `${port} ${virtualHost.domains[0]}`));
  return hosts.map(({ port, virtualHost }) => {
    const [name = '', ...aliases] = virtualHost.domains;
    const free = aliases.filter((alias) => {
      const key = `${port} ${alias}`;
      return !taken.has(key) && taken.add(key);
    });
    return { port, virtualHost: { ...virtualHost, domains: [name, ...free] } };
  });
}
