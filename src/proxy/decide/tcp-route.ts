import { compileCidr } from '../../match/cidr.ts';
import { buildHostIndex, type HostIndex } from '../../match/host-match.ts';
import type { Predicate } from '../../match/predicate.ts';
import type { TcpMatch, TcpRoute } from '../../snapshot/gateway-server.ts';
import type { Authorized } from './authorise.ts';
import type { Context, Terminal } from './chain.ts';
import type { Connection } from './connection.ts';
import type { Decision } from './decision.ts';
import { compileShares, pickDestination, type Shares, traceShares } from './destination.ts';
import { localReply } from './reply.ts';

/**
 * Routes a connection whose bytes nobody reads (VirtualService tls[] and tcp[]) by its server name and addresses,
 * and draws a destination by weight. The best server name counts, as in Envoy, and of one name the first route;
 * there is no way back to a wider name. Throws CidrError.
 */
export function routeTcp(
  routes: readonly TcpRoute[],
  clusters: ReadonlyMap<string, unknown>,
): Terminal<Authorized<'gateway'>> {
  const index = compileTcpRoutes(routes, clusters);
  return ({ connection }, context) => {
    const found = index.find(connection.serverName ?? '')?.value.find((entry) => entry.test(connection));
    context.trace?.add({
      step: 'route',
      verdict: found === undefined ? 'deny' : 'match',
      text: `${found === undefined ? 'no route' : 'a route'} for server name ${connection.serverName ?? '(none)'}`,
      ...(found === undefined ? {} : { source: found.source }),
    });
    return found === undefined ? noRoute : toCluster(found, context);
  };
}

/** The server names that routes are for, each once; `*` for those that ask for none. */
export function tcpRouteNames(routes: readonly TcpRoute[]): string[] {
  return [...new Set(routes.flatMap(({ matches }) => matches.flatMap(namesOf)))];
}

interface Entry {
  readonly source: string;
  readonly shares: Shares;
  test(connection: Connection): boolean;
}

const noRoute = localReply(0, 'NR', 'filter_chain_not_found');
const everything: TcpMatch = { sniHosts: [], destinationSubnets: [], sourceSubnets: [] };

function compileTcpRoutes(
  routes: readonly TcpRoute[],
  clusters: ReadonlyMap<string, unknown>,
): HostIndex<readonly Entry[]> {
  const byName = new Map<string, Entry[]>();
  for (const { source, matches, destinations } of routes) {
    const shares = compileShares(destinations, undefined, clusters);
    for (const match of matches.length > 0 ? matches : [everything]) {
      const entry = { source, shares, test: addressTest(match) };
      for (const name of namesOf(match)) byName.set(name, [...(byName.get(name) ?? []), entry]);
    }
  }
  return buildHostIndex([...byName].map(([name, value]) => ({ domains: [name], value })));
}

function namesOf({ sniHosts }: TcpMatch): readonly string[] {
  return sniHosts.length > 0 ? sniHosts : ['*'];
}

function addressTest({ destinationSubnets, sourceSubnets }: TcpMatch): (connection: Connection) => boolean {
  const local = destinationSubnets.map(compileCidr);
  const remote = sourceSubnets.map(compileCidr);
  return ({ localAddress, remoteAddress }) => within(local, localAddress) && within(remote, remoteAddress);
}

function within(blocks: readonly Predicate<string>[], address: string): boolean {
  return blocks.length === 0 || blocks.some((block) => block.test(address));
}

function toCluster({ source, shares }: Entry, context: Context): Decision {
  const destination = pickDestination(shares, context);
  traceShares(shares, destination, source, context);
  if (destination === undefined || !destination.known) {
    return { ...localReply(0, 'NC', 'cluster_not_found'), route: source };
  }
  return {
    kind: 'forward',
    cluster: destination.cluster,
    route: source,
    requestEdits: [],
    responseEdits: [],
    timeoutMs: 0,
    retry: undefined,
  };
}
