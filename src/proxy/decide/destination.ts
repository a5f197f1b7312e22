import type { Destination, HeaderOperations } from '../../snapshot/route.ts';
import type { Context } from './chain.ts';
import { compileHeaderChanges, type MakeEdits } from './header-operations.ts';

/** A destination of a route, with the header operations of its own and of its route. */
export interface CompiledDestination {
  readonly cluster: string;
  readonly weight: number;
  /** Whether the snapshot has the cluster. */
  readonly known: boolean;
  /** What is answered where it has not. */
  readonly missingStatus: number;
  readonly requestEdits: MakeEdits;
  readonly responseEdits: MakeEdits;
}

/** The destinations of a route that can be chosen, and the sum of their weights. */
export interface Shares {
  readonly destinations: readonly CompiledDestination[];
  readonly total: number;
}

/** Compiles destinations. One alone has all the traffic whatever its weight; of several, those of weight 0 have none. */
export function compileShares(
  destinations: readonly Destination[],
  route: HeaderOperations | undefined,
  clusters: ReadonlyMap<string, unknown>,
): Shares {
  const chosen = destinations.length === 1 ? destinations : destinations.filter(({ weight }) => weight > 0);
  const compiled = chosen.map(({ cluster, weight, headers, missingStatus = 503 }) => ({
    cluster,
    weight: destinations.length === 1 ? 1 : weight,
    known: clusters.has(cluster),
    missingStatus,
    requestEdits: compileHeaderChanges([headers?.request, route?.request], 'request'),
    responseEdits: compileHeaderChanges([headers?.response, route?.response], 'response'),
  }));
  return { destinations: compiled, total: compiled.reduce((sum, { weight }) => sum + weight, 0) };
}

/** Draws a destination by weight; undefined when there is none. One alone needs no draw. */
export function pickDestination(
  { destinations, total }: Shares,
  context: Context,
): CompiledDestination | undefined {
  const last = destinations.length - 1;
  if (last <= 0) return destinations[0];
  let point = context.inputs.draw() * total;
  for (let i = 0; i < last; i++) {
    const destination = destinations[i];
    if (destination === undefined || point < destination.weight) return destination;
    point -= destination.weight;
  }
  return destinations[last];
}

/** Tells the shares of a route with this source key, and what was drawn. */
export function traceShares(
  { destinations, total }: Shares,
  picked: CompiledDestination | undefined,
  source: string,
  { trace }: Context,
): void {
  if (trace === undefined) return;
  const shares = destinations.map(({ cluster, weight, known }) => {
    const share = Math.round((weight / total) * 1000) / 10;
    return `${cluster} ${share} %${known ? '' : ' (no such cluster)'}`;
  });
  trace.add({
    step: 'destination',
    verdict: picked?.known ? 'match' : 'deny',
    text: `${shares.join(', ') || 'no destination has a weight'}; picked ${picked?.cluster ?? 'none'}`,
    source,
    destinations: destinations.map(({ cluster, weight }) => ({ cluster, weight })),
  });
}
