import type { TcpMatch, TcpRoute } from '../../snapshot/gateway-server.ts';
import type { Resource } from '../resource/resource.ts';
import { destinations } from './destination.ts';
import { gatewayName } from './gateway-name.ts';
import type { PortServer } from './gateway-servers.ts';
import { hostIntersection } from './host-match.ts';
import { selects } from './labels.ts';
import { sourceKey } from './report.ts';
import type { RoutePlace } from './route-place.ts';
import type { Scope } from './scope.ts';
import type { TcpMatchSpec, TcpRule, TlsMatchSpec, TlsRule } from './spec-parts.ts';
import { visibleVirtualServices } from './virtual-service-index.ts';

/** VirtualService tls[]: where a server that passes TLS through sends it, by server name. Oldest first. */
export function tlsRoutes(server: PortServer, scope: Scope): TcpRoute[] {
  return boundServices(server, scope).flatMap(({ resource, hosts }) =>
    resource.spec.tls.flatMap((rule, i) => {
      const matches = rule.match.flatMap((match) => {
        const sniHosts = match.sniHosts.flatMap((name) => withinHosts(name.toLowerCase(), hosts));
        return sniHosts.length > 0 ? l4Match(match, sniHosts, resource, server, scope) : [];
      });
      return matches.length > 0 ? [route('tls', rule, i, matches, resource, server, scope)] : [];
    }),
  );
}

/** VirtualService tcp[]: where a server sends bytes, once TLS is off them. Oldest first. */
export function tcpRoutes(server: PortServer, scope: Scope): TcpRoute[] {
  return boundServices(server, scope).flatMap(({ resource }) =>
    resource.spec.tcp.flatMap((rule, i) => {
      const matches = rule.match.flatMap((match) => l4Match(match, [], resource, server, scope));
      if (rule.match.length > 0 && matches.length === 0) return [];
      return [route('tcp', rule, i, matches, resource, server, scope)];
    }),
  );
}

/** A VirtualService that a server takes, and the server's hosts that it may use. */
interface BoundService {
  readonly resource: Resource<'VirtualService'>;
  readonly hosts: readonly string[];
}

function boundServices(server: PortServer, scope: Scope): BoundService[] {
  return visibleVirtualServices(scope).flatMap(({ resource, hosts: own, gateways }) => {
    if (!gateways.has(server.gateway)) return [];
    const hosts = server.hosts
      .filter(({ namespace }) => namespace === undefined || namespace === resource.namespace)
      .map(({ host }) => host)
      .filter((host) => own.some((name) => hostIntersection(name, host) !== undefined));
    return hosts.length > 0 ? [{ resource, hosts }] : [];
  });
}

function withinHosts(name: string, hosts: readonly string[]): string[] {
  return [...new Set(hosts.flatMap((host) => hostIntersection(name, host) ?? []))];
}

/** Nothing when it can never hold here: another gateway, port or client. */
function l4Match(
  match: TcpMatchSpec | TlsMatchSpec,
  sniHosts: readonly string[],
  owner: Resource<'VirtualService'>,
  server: PortServer,
  { target }: Scope,
): TcpMatch[] {
  const named = match.gateways.map((name) => gatewayName(name, owner.namespace));
  if (named.length > 0 && !named.includes(server.gateway)) return [];
  if (match.port !== undefined && match.port !== server.writtenPort) return [];
  if (match.sourceNamespace && match.sourceNamespace !== target.namespace) return [];
  if (!selects(match.sourceLabels, target.labels)) return [];
  const sourceSubnets = 'sourceSubnet' in match && match.sourceSubnet ? [match.sourceSubnet] : [];
  return [{ sniHosts, destinationSubnets: match.destinationSubnets, sourceSubnets }];
}

function route(
  field: 'tls' | 'tcp',
  rule: TcpRule | TlsRule,
  i: number,
  matches: readonly TcpMatch[],
  owner: Resource<'VirtualService'>,
  server: PortServer,
  scope: Scope,
): TcpRoute {
  const path = ['spec', field, i];
  const place: RoutePlace = {
    target: scope.target,
    gateways: new Set([server.gateway]),
    ports: [server.writtenPort],
  };
  return {
    source: scope.report.place(sourceKey(owner, field, i), owner, path),
    matches,
    destinations: destinations(rule.route, owner, [...path, 'route'], place, scope),
  };
}
