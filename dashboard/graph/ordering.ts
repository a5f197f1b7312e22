import type { Link } from './layers.ts';

const sweeps = 12;

/**
 * Orders every layer so that few edges cross: each box goes to the mean place of its neighbours (barycentre),
 * sweeping right and left; the best order seen wins. Links lead from one layer to the next.
 */
export function orderLayers(layers: readonly (readonly string[])[], links: readonly Link[]): string[][] {
  let order = layers.map((layer) => [...layer]);
  let best = order;
  let fewest = crossings(order, links);
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    order = sweep % 2 === 0 ? sweepRight(order, links) : sweepLeft(order, links);
    const count = crossings(order, links);
    if (count < fewest) [best, fewest] = [order, count];
  }
  return best;
}

/** How many pairs of links cross, when layers are in this order. */
export function crossings(order: readonly (readonly string[])[], links: readonly Link[]): number {
  const place = places(order);
  let count = 0;
  for (const [index, layer] of order.entries()) {
    const here = new Set(layer);
    const leaving = links
      .filter(([from, to]) => here.has(from) && order[index + 1]?.includes(to))
      .map(([from, to]) => [place.get(from) ?? 0, place.get(to) ?? 0] as const);
    for (const [i, [a, b]] of leaving.entries())
      for (const [c, d] of leaving.slice(i + 1)) if ((a - c) * (b - d) < 0) count++;
  }
  return count;
}

function sweepRight(order: readonly (readonly string[])[], links: readonly Link[]): string[][] {
  const next = order.map((layer) => [...layer]);
  for (let i = 1; i < next.length; i++) next[i] = arranged(next[i] ?? [], next[i - 1] ?? [], links);
  return next;
}

function sweepLeft(order: readonly (readonly string[])[], links: readonly Link[]): string[][] {
  const next = order.map((layer) => [...layer]);
  for (let i = next.length - 2; i >= 0; i--) next[i] = arranged(next[i] ?? [], next[i + 1] ?? [], links);
  return next;
}

/** The layer by the mean place of each box's neighbours in `fixed`; who has none keeps its place. */
function arranged(layer: readonly string[], fixed: readonly string[], links: readonly Link[]): string[] {
  const place = new Map(fixed.map((id, index) => [id, index]));
  const wish = (id: string, index: number): number => {
    const found = links.flatMap(([from, to]) => {
      const other = from === id ? place.get(to) : to === id ? place.get(from) : undefined;
      return other === undefined ? [] : [other];
    });
    return found.length === 0 ? index : found.reduce((sum, one) => sum + one, 0) / found.length;
  };
  return layer
    .map((id, index) => ({ id, index, wish: wish(id, index) }))
    .sort((a, b) => a.wish - b.wish || a.index - b.index)
    .map(({ id }) => id);
}

function places(order: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  return new Map(order.flatMap((layer) => layer.map((id, index) => [id, index] as const)));
}
