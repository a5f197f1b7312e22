import type { GatewayServer, TcpRoute } from '../../snapshot/gateway-server.ts';
import type { GatewayListener, HostOwner } from '../../snapshot/snapshot.ts';
import { policiesFor } from './authorization-policy.ts';
import { listenerTcpRoutes } from './gateway-api/listener-routes.ts';
import { type PortServer, portServers } from './gateway-servers.ts';
import { gatewayVirtualHosts } from './gateway-virtual-hosts.ts';
import { groupBy } from './group-by.ts';
import { rateLimitsFor } from './rate-limit.ts';
import { jwtRulesFor } from './request-authentication.ts';
import type { Scope } from './scope.ts';
import { tcpRoutes, tlsRoutes } from './tcp-route.ts';

/** What a gateway serves, with and without ports of its own; undefined for sidecars. */
export function gatewayListener(scope: Scope): GatewayListener | undefined {
  if (scope.target.kind !== 'gateway') return undefined;
  const all = portServers(scope);
  const jwtRules = jwtRulesFor(scope, 'http');
  const policies = policiesFor(scope, 'http');
  const limits = rateLimitsFor(scope, 'http');
  const attached = [...policies, ...(jwtRules ?? []), ...(limits ?? [])];
  const plain = all.filter(({ protocol }) => protocol === 'HTTP');
  return {
    virtualHosts: gatewayVirtualHosts(plain, scope, all.filter(asksForMoreThanTls)),
    ...(jwtRules && { jwtRules }),
    policies,
    ...(limits && { limits }),
    ...(attached.some(({ gateways }) => gateways) && { owners: owners(all) }),
    ...(scope.mesh.trustedProxies > 0 && { trustedProxies: scope.mesh.trustedProxies }),
    servers: [...groupBy(all, ({ port }) => port)]
      .filter(([port]) => port > 0)
      .sort(([a], [b]) => a - b)
      .flatMap(([port, servers]) => serversOn(port, servers, scope)),
  };
}

/** Whose hosts are whose; of two Gateways with one host the older one counts. */
function owners(servers: readonly PortServer[]): HostOwner[] {
  return servers.map(({ gateway, hosts }) => ({ gateway, hosts: hosts.map(({ host }) => host) }));
}

/** TLS whose end elsewhere would not do: clients must prove something, or nobody on the way may read it. */
function asksForMoreThanTls({ tls }: PortServer): boolean {
  return tls !== undefined && tls.mode !== 'SIMPLE';
}

/** The servers of one port: its oldest one decides what is spoken there (IST0145). */
function serversOn(port: number, servers: readonly PortServer[], scope: Scope): GatewayServer[] {
  const [first] = servers;
  if (first === undefined) return [];
  const fitting = servers.filter((server) => server === first || sharesPort(server, first));
  for (const server of servers) if (!fitting.includes(server)) reportConflict(server, first, scope);
  if (first.protocol === 'HTTP')
    return [{ protocol: 'HTTP', port, virtualHosts: gatewayVirtualHosts(fitting, scope) }];
  return fitting.map((server) => compiledServer(server, scope)).filter(leadsAnywhere);
}

/** A port whose bytes nobody takes is not opened; what is read as HTTP answers for itself. */
function leadsAnywhere(server: GatewayServer): boolean {
  return !('tcpRoutes' in server) || server.tcpRoutes.length > 0;
}

/** Plaintext HTTP servers share a port, and so do TLS ones; bytes without either have no names to tell them apart. */
function sharesPort(server: PortServer, first: PortServer): boolean {
  if (first.protocol === 'TCP' || server.protocol === 'TCP') return false;
  return (server.protocol === 'HTTP') === (first.protocol === 'HTTP');
}

function compiledServer(server: PortServer, scope: Scope): GatewayServer {
  const { protocol, port, source, tls } = server;
  const hosts = server.hosts.map(({ host }) => host);
  if (tls === undefined) return { protocol: 'TCP', port, source, tcpRoutes: bytesRoutes(server, scope) };
  if (tls.mode === 'PASSTHROUGH')
    return { protocol: 'TLS', port, source, hosts, tls, tcpRoutes: passedRoutes(server, scope) };
  if (protocol === 'HTTPS')
    return { protocol, port, source, hosts, tls, virtualHosts: gatewayVirtualHosts([server], scope) };
  return { protocol: 'TLS', port, source, hosts, tls, tcpRoutes: bytesRoutes(server, scope) };
}

function bytesRoutes(server: PortServer, scope: Scope): TcpRoute[] {
  return [...tcpRoutes(server, scope), ...listenerTcpRoutes(server, false, scope)];
}

function passedRoutes(server: PortServer, scope: Scope): TcpRoute[] {
  return [...tlsRoutes(server, scope), ...listenerTcpRoutes(server, true, scope)];
}

function reportConflict(server: PortServer, first: PortServer, { report }: Scope): void {
  const message = `Port ${server.port} speaks ${first.protocol} because of Gateway ${first.gateway}; this server is left out.`;
  const list = server.listener ? 'listeners' : 'servers';
  report.add('IST0145', server.resource, ['spec', list, server.index, 'port'], message);
}
