import { buildHostIndex, type HostIndex } from '../../match/host-match.ts';
import type { GatewayServer } from '../../snapshot/gateway-server.ts';
import type { GatewayListener } from '../../snapshot/snapshot.ts';
import { chainByGateway } from './attached-policies.ts';
import { type Authorization, compileAuthorization } from './authorise.ts';
import type { Terminal } from './chain.ts';
import { gatewayChain, gatewayTcpChain } from './chains.ts';
import type { Connection } from './connection.ts';
import { connectionPolicies } from './connection-policies.ts';
import type { Arrival } from './evidence.ts';
import { compileLimits } from './limit-rate.ts';
import { localReply } from './reply.ts';
import type { GatewayRoutes } from './route.ts';
import { compileRouteTable, type RouteTable } from './route-table.ts';
import type { ShardedHosts } from './sharded-hosts.ts';
import { routeTcp, tcpRouteNames } from './tcp-route.ts';

/** The servers of a gateway that opens its ports, compiled. */
export interface GatewayPorts {
  /** In ascending order. */
  readonly numbers: readonly number[];
  /** All servers of a port. */
  servers(port: number): readonly GatewayServer[];
  /** The server of a connection: on ports with TLS the one whose hosts fit the server name best. */
  server(port: number, serverName: string | undefined): GatewayServer | undefined;
  /**
   * The chain of a request for `host`; undefined where no HTTP is read. Over TLS a host of another server than the
   * server name chose is answered with 421 (RFC 9110 §15.5.20): that server may demand a client certificate.
   */
  http(connection: Connection, host: string): Terminal<Arrival> | undefined;
  /** The chain of a connection whose bytes are passed on; undefined where HTTP is read. */
  tcp(connection: Connection): Terminal<Arrival> | undefined;
}

/** Compiles servers; `clusters` are those of the snapshot, `shards` its virtual hosts. Throws RegexError and CidrError. */
export function compileGatewayPorts(
  listener: GatewayListener,
  clusters: ReadonlyMap<string, unknown>,
  trustDomain: string,
  shards?: ShardedHosts,
): GatewayPorts {
  const { servers, policies, trustedProxies } = listener;
  const scope = { trustDomain, trustedProxies: trustedProxies ?? 0 };
  const ofRequests = compileAuthorization(policies, trustDomain, trustedProxies);
  const chain: HttpChain = (routes) =>
    chainByGateway(listener, (own, jwtRules, limits) => {
      const judged = own === policies ? ofRequests : compileAuthorization(own, trustDomain, trustedProxies);
      return gatewayChain(jwtRules, judged, routes, trustedProxies, compileLimits(limits, scope));
    });
  const ofConnections = compileAuthorization(connectionPolicies(policies), trustDomain);
  const tableOf = (server: GatewayServer): RouteTable | undefined => {
    if ('tcpRoutes' in server) return undefined;
    return shards?.table(servers.indexOf(server) + 1) ?? compileRouteTable(server.virtualHosts, clusters);
  };
  const ports = new Map<number, HostIndex<CompiledServer>>();
  const byPort = new Map<number, readonly GatewayServer[]>();
  const numbers = [...new Set(servers.map(({ port }) => port))].sort((a, b) => a - b);
  for (const number of numbers) {
    const own = servers.filter(({ port }) => port === number);
    byPort.set(number, own);
    const compiled = own.map((server) => ({
      domains: serverNames(server),
      value: compileServer(server, tableOf(server), clusters, chain, ofConnections),
    }));
    ports.set(number, buildHostIndex(compiled));
  }
  const find = (port: number, serverName: string | undefined) =>
    ports.get(port)?.find(serverName ?? '')?.value;
  return {
    numbers,
    servers: (port) => byPort.get(port) ?? [],
    server: (port, serverName) => find(port, serverName)?.server,
    http: ({ port, serverName }, host) => {
      const chosen = find(port, serverName);
      const meant = serverName === undefined ? undefined : find(port, host);
      const elsewhere = meant !== undefined && meant !== chosen;
      return elsewhere && chosen?.http !== undefined ? misdirected : chosen?.http;
    },
    tcp: ({ port, serverName }) => find(port, serverName)?.tcp,
  };
}

const misdirected: Terminal<Arrival> = () => localReply(421, 'NR', 'misdirected_request');

/** The chain of the requests that a server routes. */
type HttpChain = (routes: GatewayRoutes) => Terminal<Arrival>;

interface CompiledServer {
  readonly server: GatewayServer;
  readonly http: Terminal<Arrival> | undefined;
  readonly tcp: Terminal<Arrival> | undefined;
}

/** What a server is told by; a plaintext one has its port to itself. */
function serverNames(server: GatewayServer): readonly string[] {
  if (server.protocol === 'HTTP' || server.protocol === 'TCP') return ['*'];
  if (server.protocol === 'TLS' && server.tls.mode === 'PASSTHROUGH') return tcpRouteNames(server.tcpRoutes);
  return server.hosts;
}

function compileServer(
  server: GatewayServer,
  routes: RouteTable | undefined,
  clusters: ReadonlyMap<string, unknown>,
  chain: HttpChain,
  ofConnections: Authorization,
): CompiledServer {
  if ('tcpRoutes' in server) {
    const tcp = gatewayTcpChain(ofConnections, routeTcp(server.tcpRoutes, clusters));
    return { server, http: undefined, tcp };
  }
  return { server, http: chain(routes), tcp: undefined };
}
