import { buildHostIndex, type HostIndex } from '../../match/host-match.ts';
import type { VirtualHost } from '../../snapshot/route.ts';
import type { Context } from './chain.ts';
import type { CompiledRoute } from './compiled-route.ts';
import { CompiledVirtualHost } from './compiled-virtual-host.ts';
import type { Evidence } from './evidence.ts';
import type { Candidate } from './field-index.ts';
import { findCandidate } from './route-index.ts';
import type { Trace } from './trace.ts';

/** The virtual hosts of one port, found by host. */
export type RouteTable = HostIndex<CompiledVirtualHost>;

/** Compiles virtual hosts; `clusters` are those of the snapshot. Throws RegexError. */
export function compileRouteTable(
  virtualHosts: readonly VirtualHost[],
  clusters: ReadonlyMap<string, unknown>,
): RouteTable {
  return buildHostIndex(
    virtualHosts.map((host) => ({ domains: host.domains, value: new CompiledVirtualHost(host, clusters) })),
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

/** The first route that matches, with the item of its `match`. There is no way back to another virtual host. */
export function findRoute(
  host: CompiledVirtualHost,
  evidence: Evidence,
  { trace }: Context,
): Candidate | undefined {
  const found = findCandidate(host.index, evidence);
  if (trace !== undefined) traceRoutes(host.routes, found?.route, evidence, trace);
  return found;
}

/** Tells every route in order up to the chosen one, which the index went past without a look. */
function traceRoutes(
  routes: readonly CompiledRoute[],
  chosen: CompiledRoute | undefined,
  evidence: Evidence,
  trace: Trace,
): void {
  for (const route of routes) {
    const { source } = route;
    const title = route.name || source ? `route ${route.name || source}` : 'the route of the service itself';
    if (route === chosen) {
      trace.add({ step: 'route', verdict: 'match', text: `${title} matches`, source });
      return;
    }
    const reasons = route.matches.map((match) => match.miss(evidence)).join('; ');
    trace.add({ step: 'route', verdict: 'miss', text: `${title}: ${reasons}`, source });
  }
}
