import { buildHostIndex, type HostIndex } from '../../match/host-match.ts';
import type { VirtualHost } from '../../snapshot/route.ts';
import type { Context } from './chain.ts';
import { type CompiledRoute, compileRoute } from './compiled-route.ts';
import type { Evidence } from './evidence.ts';
import type { CompiledMatch } from './route-match.ts';

/** The virtual hosts of one port, found by host. */
export type RouteTable = HostIndex<CompiledVirtualHost>;

export interface CompiledVirtualHost {
  readonly name: string;
  readonly routes: readonly CompiledRoute[];
}

/** A route and that item of its `match` which the request satisfies. */
export interface Found {
  readonly route: CompiledRoute;
  readonly match: CompiledMatch;
}

/** Compiles virtual hosts; `clusters` are those of the snapshot. Throws RegexError. */
export function compileRouteTable(
  virtualHosts: readonly VirtualHost[],
  clusters: ReadonlyMap<string, unknown>,
): RouteTable {
  return buildHostIndex(
    virtualHosts.map(({ name, domains, routes }) => ({
      domains,
      value: { name, routes: routes.map((route) => compileRoute(route, clusters)) },
    })),
  );
}

/** The virtual host of the request's host, port aside. */
export function findVirtualHost(
  table: RouteTable | undefined,
  evidence: Evidence,
  { trace }: Context,
): CompiledVirtualHost | undefined {
  const { host } = evidence.request;
  const found = table?.find(host);
  trace?.add({
    step: 'virtual host',
    verdict: found === undefined ? 'miss' : 'match',
    text:
      found === undefined
        ? `no domain matches ${host}`
        : `${host} matches ${found.domain} of ${found.value.name}`,
  });
  return found?.value;
}

/** The first route that matches. There is no way back to another virtual host. */
export function findRoute(
  host: CompiledVirtualHost,
  evidence: Evidence,
  context: Context,
): Found | undefined {
  for (const route of host.routes) {
    for (const match of route.matches) {
      if (!match.test(evidence)) continue;
      traceRoute(route, evidence, context, true);
      return { route, match };
    }
    traceRoute(route, evidence, context, false);
  }
  return undefined;
}

function traceRoute(route: CompiledRoute, evidence: Evidence, { trace }: Context, matched: boolean): void {
  if (trace === undefined) return;
  const title =
    route.name || route.source ? `route ${route.name || route.source}` : 'the route of the service itself';
  if (matched) {
    trace.add({ step: 'route', verdict: 'match', text: `${title} matches`, source: route.source });
    return;
  }
  const reasons = route.matches.map((match) => match.miss(evidence)).join('; ');
  trace.add({ step: 'route', verdict: 'miss', text: `${title}: ${reasons}`, source: route.source });
}
