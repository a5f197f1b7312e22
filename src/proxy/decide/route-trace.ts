import type { CompiledRoute } from './compiled-route.ts';
import type { Evidence } from './evidence.ts';
import type { Trace } from './trace.ts';

/** Up to so many routes that do not match are all told; of more only the nearest. */
const TOLD = 12;
const NEAREST = 8;
/** Routes after the chosen one that would have taken the request too. */
const LATER = 3;
/** Routes after the chosen one that are looked at. */
const LOOKED_AT = 2000;

/**
 * Tells the routes before the chosen one and why they do not match (of many those that miss by least), the chosen
 * one, and those after it that match too.
 */
export function traceRoutes(
  routes: readonly CompiledRoute[],
  chosen: CompiledRoute | undefined,
  evidence: Evidence,
  trace: Trace,
): void {
  if (trace.brief === true) {
    if (chosen)
      trace.add({ step: 'route', verdict: 'match', text: `${title(chosen)} matches`, source: chosen.source });
    return;
  }
  const at = chosen === undefined ? routes.length : routes.indexOf(chosen);
  const told = nearest(routes.slice(0, at), evidence);
  for (const route of told) {
    const reasons = route.matches.map((match) => match.miss(evidence)).join('; ');
    trace.add({ step: 'route', verdict: 'miss', text: `${title(route)}: ${reasons}`, source: route.source });
  }
  if (told.length < at) {
    const text = `${at - told.length} further routes before it miss by as much or more`;
    trace.add({ step: 'route', verdict: 'miss', text });
  }
  if (chosen === undefined) return;
  const { source } = chosen;
  trace.add({ step: 'route', verdict: 'match', text: `${title(chosen)} matches`, source });
  for (const route of later(routes.slice(at + 1, at + 1 + LOOKED_AT), evidence)) {
    const text = `${title(route)} matches too, but comes after it`;
    trace.add({ step: 'route', verdict: 'skip', text, source: route.source });
  }
}

/** Those that miss by the fewest conditions, the last ones first among equals; in the order of the virtual host. */
function nearest(routes: readonly CompiledRoute[], evidence: Evidence): readonly CompiledRoute[] {
  if (routes.length <= TOLD) return routes;
  const ranked = routes.map((route, order) => ({
    route,
    order,
    // A route with more conditions that hold is nearer than one that misses its only condition.
    missed: Math.min(...route.matches.map((match) => match.missed(evidence))),
  }));
  ranked.sort((a, b) => a.missed - b.missed || b.order - a.order);
  return ranked
    .slice(0, NEAREST)
    .sort((a, b) => a.order - b.order)
    .map(({ route }) => route);
}

function later(routes: readonly CompiledRoute[], evidence: Evidence): readonly CompiledRoute[] {
  return routes.filter(({ matches }) => matches.some((match) => match.test(evidence))).slice(0, LATER);
}

function title({ name, source }: CompiledRoute): string {
  return name || source ? `route ${name || source}` : 'the route of the service itself';
}
