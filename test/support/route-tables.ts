import type { NamedMatch, StringMatch } from '../../src/match/value-match.ts';
import type { Route, RouteMatch, VirtualHost } from '../../src/snapshot/route.ts';
import type { PlainRequest } from './linear-routing.ts';
import type { Seeded } from './seeded.ts';
import { buildRoute, buildVirtualHost, forwardTo } from './snapshot.ts';

/** The clusters that generated routes lead to. */
export const tableClusters = ['c0', 'c1', 'c2'] as const;

const SEGMENTS = ['a', 'b', 'ab', 'A', 'a.b', '%41'] as const;
const METHODS = ['GET', 'GET', 'POST', 'PUT'] as const;
/** Nobody outside the mesh may send the last one: it is taken away before routing. */
const NAMES = ['n', 'm', 'k', 'x-weft-k'] as const;
const VALUES = ['x', 'y', 'xy', '', 'X', 'x,y'] as const;
const REGEXES = ['/a.*', '.*b', '/(a|b)/.*', '/[^/]+'] as const;

/** A virtual host of few or many routes whose conditions overlap. */
export function drawVirtualHost(draw: Seeded): VirtualHost {
  const count = draw.pick([1, 3, 8, 20, 40]);
  const names = draw.below(12) === 0 ? manyNames : NAMES;
  const shape = draw.below(4);
  const routes = Array.from({ length: count }, (_, i) => drawRoute(draw, i, names, shape));
  if (draw.below(2) === 0) routes.push(routeOf(draw, routes.length, []));
  return buildVirtualHost(['h.example'], routes);
}

/** A request near the routes of `drawVirtualHost`. */
export function drawRequest(draw: Seeded, { routes }: VirtualHost): PlainRequest {
  const wanted = draw.pick(draw.pick(routes).matches.concat({}));
  const headers = listOf<[string, string]>(draw, 3, () => [draw.pick(NAMES), draw.pick(VALUES)]);
  for (const { name, match } of wanted.headers ?? []) {
    if (match?.kind === 'exact' && draw.below(8) > 0) headers.push([name, match.value]);
  }
  const method = wanted.method?.kind === 'exact' ? wanted.method.value : draw.pick(METHODS);
  const query = listOf(draw, 2, () => [draw.pick(['n', 'm']), draw.pick(['x', 'y'])] as const);
  return { path: nearPath(draw, wanted.path), method, headers, query };
}

const manyNames = Array.from({ length: 24 }, (_, i) => `h${i}`);

function drawRoute(draw: Seeded, i: number, names: readonly string[], shape: number): Route {
  const matches = listOf(draw, 2, () => drawMatch(draw, names, shape));
  return routeOf(draw, i, matches.length === 0 ? [drawMatch(draw, names, shape)] : matches);
}

function routeOf(draw: Seeded, i: number, matches: readonly RouteMatch[]): Route {
  const destinations = listOf(draw, 2, () => ({ cluster: draw.pick(tableClusters), weight: draw.below(4) }));
  const all = destinations.concat({ cluster: draw.pick(tableClusters), weight: 1 });
  return buildRoute(`r${i}`, forwardTo(all), { matches });
}

/** Shape 0 has no paths, 1 has only plain ones; of the others some have a path and some have none. */
function drawMatch(draw: Seeded, names: readonly string[], shape: number): RouteMatch {
  const pathed = shape === 1 || (shape > 1 && draw.below(4) > 0);
  const headers = listOf(draw, shape === 0 ? 3 : 2, () => drawNamed(draw, names));
  return {
    ...(pathed && { path: drawPath(draw, shape === 1) }),
    ...(draw.below(4) === 0 && { method: drawMethod(draw) }),
    ...(headers.length > 0 && draw.below(2) === 0 && { headers }),
    ...(draw.below(12) === 0 && { queryParams: [{ name: 'n', match: { kind: 'exact', value: 'x' } }] }),
  };
}

function drawPath(draw: Seeded, plain: boolean): StringMatch {
  const value = pathText(draw);
  const ignoreCase = !plain && draw.below(8) === 0;
  const kind = plain ? draw.below(7) : draw.below(9);
  if (kind < 3) return { kind: 'exact', value, ignoreCase };
  if (kind < 7) return { kind: 'prefix', value: value.slice(0, 1 + draw.below(value.length)), ignoreCase };
  return kind === 7
    ? { kind: 'regex', value: draw.pick(REGEXES) }
    : { kind: 'suffix', value: value.slice(1), ignoreCase };
}

function drawMethod(draw: Seeded): StringMatch {
  return draw.below(5) === 0 ? { kind: 'prefix', value: 'P' } : { kind: 'exact', value: draw.pick(METHODS) };
}

function drawNamed(draw: Seeded, names: readonly string[]): NamedMatch {
  const name = draw.pick(names);
  const value = draw.pick(VALUES);
  const kind = draw.below(12);
  if (kind === 0) return { name };
  if (kind === 1) return { name, invert: true };
  if (kind === 2) return { name, match: { kind: 'exact', value }, invert: true };
  if (kind === 3) return { name, match: { kind: 'prefix', value, ignoreCase: draw.below(2) === 0 } };
  if (kind === 4) return { name, match: { kind: 'exact', value, ignoreCase: true } };
  return { name, match: { kind: 'exact', value } };
}

function nearPath(draw: Seeded, wanted: StringMatch | undefined): string {
  if (wanted === undefined || draw.below(4) === 0) return pathText(draw);
  if (wanted.kind === 'exact') return wanted.value;
  return wanted.kind === 'prefix' ? wanted.value + draw.pick(['', '/a', 'b', '/b/']) : pathText(draw);
}

function pathText(draw: Seeded): string {
  const segments = Array.from({ length: 1 + draw.below(3) }, () => draw.pick(SEGMENTS));
  return `/${segments.join('/')}${draw.below(4) === 0 ? '/' : ''}`;
}

function listOf<T>(draw: Seeded, most: number, item: () => T): T[] {
  return Array.from({ length: draw.below(most + 1) }, item);
}
