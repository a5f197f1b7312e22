import { activate } from '../../src/proxy/activate.ts';
import type { CompiledRoute } from '../../src/proxy/decide/compiled-route.ts';
import type { Evidence } from '../../src/proxy/decide/evidence.ts';
import { compileRouteTable } from '../../src/proxy/decide/route-table.ts';
import { fixedInputs } from '../../test/support/snapshot.ts';
import type { Work } from '../call-time.ts';
import { REQUESTS, type RoutedTable, routesOfHosts, routesOfOneHost } from './route-tables.ts';

const BUILT: Readonly<Record<string, () => Work>> = {
  decide: () => decisions(routesOfOneHost(1000)),
  'growth-10': () => decisions(routesOfOneHost(10)),
  'growth-10k': () => decisions(routesOfOneHost(10_000)),
  growth: () => decisions(routesOfOneHost(100_000)),
  linear: () => linearScan(routesOfOneHost(10_000)),
  'hosts-10': () => decisions(routesOfHosts(10)),
  hosts: () => decisions(routesOfHosts(100_000)),
};

/** Our own side of a comparison; undefined where it is somebody else's. */
export function ownWork(side: string): Work | undefined {
  return BUILT[side]?.();
}

/** Whole decisions, from the canonical request to the chosen cluster. */
function decisions({ snapshot, asked }: RoutedTable): Work {
  const active = activate(snapshot);
  const inputs = fixedInputs(0.5);
  const take = (i: number) => {
    const { request, connection } = asked[i & (REQUESTS - 1)] as Evidence;
    return active.decide(request, connection, inputs);
  };
  for (const [i, { request }] of asked.entries()) {
    const decision = take(i);
    // A benchmark of wrong answers says nothing.
    if (decision.kind !== 'forward' || !request.path.startsWith(`/${decision.route}/`)) {
      throw new Error(`${request.authority}${request.path} is not decided as it should be`);
    }
  }
  let next = 0;
  return (times) => {
    let sum = 0;
    for (let i = 0; i < times; i++) sum += take(next++).kind.length;
    return sum;
  };
}

/** Only the search: the compiled routes of the host, tried one after another. */
function linearScan({ snapshot, asked }: RoutedTable): Work {
  const table = compileRouteTable(snapshot.outbound[0]?.virtualHosts ?? [], new Map());
  const routes = table.find('reviews')?.value.routes ?? [];
  let next = 0;
  return (times) => {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      sum += scan(routes, asked[next++ & (REQUESTS - 1)] as Evidence)?.source.length ?? Number.NaN;
    }
    return sum;
  };
}

function scan(routes: readonly CompiledRoute[], evidence: Evidence): CompiledRoute | undefined {
  for (const route of routes) {
    for (const match of route.matches) if (match.test(evidence)) return route;
  }
  return undefined;
}
