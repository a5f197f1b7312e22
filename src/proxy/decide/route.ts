import type { Authorized } from './authorise.ts';
import type { Context, Step } from './chain.ts';
import type { CompiledRoute } from './compiled-route.ts';
import type { CompiledVirtualHost } from './compiled-virtual-host.ts';
import type { Direction, OriginalDestination } from './connection.ts';
import type { AskSnapshot, Reply } from './decision.ts';
import type { Accepted, Evidence } from './evidence.ts';
import { localReply } from './reply.ts';
import type { CompiledMatch } from './route-match.ts';
import { findRoute, findVirtualHost, type RouteTable } from './route-table.ts';

/** Only the two routing steps can make this key. */
const chosen: unique symbol = Symbol('chosen');

/** A route was found for the request. */
export interface Routed<D extends 'outbound' | 'gateway'> extends Evidence<D> {
  readonly [chosen]: D;
  readonly route: CompiledRoute;
  /** The item of the route's `match` that the request satisfies. */
  readonly match: CompiledMatch;
  /** The service port, or the gateway's listener port. */
  readonly listenerPort: number;
}

/** Route tables by service port, and the route of hosts that nobody declared: undefined refuses them. */
export interface OutboundRoutes {
  readonly ports: ReadonlyMap<number, RouteTable>;
  readonly undeclared: CompiledRoute | undefined;
  /** The service that an intercepted connection was opened to; absent = none is intercepted. */
  readonly service?: (to: OriginalDestination) => string | undefined;
}

export type GatewayRoutes = RouteTable | undefined;

/**
 * Routes a request of the local application by the port and the host that it names. The port of an intercepted
 * connection is where it was going; where nobody declared the host, the service that its address stands for counts.
 */
export function routeOutbound(routes: OutboundRoutes): Step<Accepted<'outbound'>, Routed<'outbound'>> {
  return (evidence, context) => {
    const { request, connection } = evidence;
    const { original } = connection;
    const port = original?.port ?? request.port ?? (request.scheme === 'https' ? 443 : 80);
    const table = routes.ports.get(port);
    const host =
      findVirtualHost(table, request.host, context) ??
      (original && findVirtualHost(table, routes.service?.(original), context));
    if (host !== undefined) return routeIn(host, evidence, port, context);
    const route = routes.undeclared;
    traceUndeclared(route, context);
    const match = route?.matches[0];
    return route === undefined || match === undefined ? blockAll : routed(evidence, route, match, port);
  };
}

/** Routes a request from outside by its host. */
export function routeGateway(routes: GatewayRoutes): Step<Authorized<'gateway'>, Routed<'gateway'>> {
  return (evidence, context) => {
    const host = findVirtualHost(routes, evidence.request.host, context);
    return host === undefined ? notFound : routeIn(host, evidence, evidence.connection.port, context);
  };
}

const notFound = localReply(404, 'NR', 'route_not_found');
const blockAll = localReply(502, '-', 'block_all');

function routeIn<D extends 'outbound' | 'gateway'>(
  host: CompiledVirtualHost | AskSnapshot,
  evidence: Evidence<D>,
  listenerPort: number,
  context: Context,
): Routed<D> | Reply | AskSnapshot {
  if ('kind' in host) return host;
  const found = findRoute(host, evidence, context);
  if (found !== undefined) return routed(evidence, found.route, found.match, listenerPort);
  context.trace?.add({ step: 'route', verdict: 'deny', text: `no route of ${host.name} matches` });
  return notFound;
}

function routed<D extends Direction & ('outbound' | 'gateway')>(
  { direction, request, connection, edits, responseEdits }: Evidence<D>,
  route: CompiledRoute,
  match: CompiledMatch,
  listenerPort: number,
): Routed<D> {
  return {
    direction,
    request,
    connection,
    edits,
    responseEdits,
    route,
    match,
    listenerPort,
    [chosen]: direction,
  };
}

function traceUndeclared(route: CompiledRoute | undefined, { trace }: Context): void {
  const text =
    route === undefined ? 'REGISTRY_ONLY: undeclared hosts are refused' : 'ALLOW_ANY: passed through';
  trace?.add({ step: 'route', verdict: route === undefined ? 'deny' : 'match', text });
}
