import { buildHostIndex, type HostIndex, type HostMatch } from '../../match/host-match.ts';
import type { VirtualHost } from '../../snapshot/route.ts';
import type { Context } from './chain.ts';
import { CompiledVirtualHost } from './compiled-virtual-host.ts';
import type { AskSnapshot } from './decision.ts';
import type { Evidence } from './evidence.ts';
import type { Candidate } from './field-index.ts';
import { findCandidate } from './route-index.ts';
import { traceRoutes } from './route-trace.ts';

/** The virtual hosts of one port, found by host; a part that is not loaded has to be asked for. */
export interface RouteTable {
  /** For a lower-case host without port. */
  find(host: string): HostMatch<CompiledVirtualHost> | AskSnapshot | undefined;
}

/** Compiles virtual hosts; `clusters` are those of the snapshot. Throws RegexError. */
export function compileRouteTable(
  virtualHosts: readonly VirtualHost[],
  clusters: ReadonlyMap<string, unknown>,
): HostIndex<CompiledVirtualHost> {
  return buildHostIndex(
    virtualHosts.map((host) => ({ domains: host.domains, value: new CompiledVirtualHost(host, clusters) })),
  );
}

/** The virtual host of a host, port aside. */
export function findVirtualHost(
  table: RouteTable | undefined,
  host: string | undefined,
  { trace }: Context,
): CompiledVirtualHost | AskSnapshot | undefined {
  if (host === undefined) return undefined;
  const found = table?.find(host);
  if (found !== undefined && 'kind' in found) return found;
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
