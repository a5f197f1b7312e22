/** An edge between two boxes, by their ids. */
export type Link = readonly [from: string, to: string];

/** The layer of every box, 0 = leftmost: callers stand left of whom they call, except on a way back in a circle. */
export function assignLayers(ids: readonly string[], links: readonly Link[]): ReadonlyMap<string, number> {
  const forward = withoutCircles(ids, links);
  const layers = new Map(ids.map((id) => [id, 0]));
  for (const id of topologicalOrder(ids, forward)) {
    const here = layers.get(id) ?? 0;
    for (const [, to] of forward.filter(([from]) => from === id))
      layers.set(to, Math.max(layers.get(to) ?? 0, here + 1));
  }
  return layers;
}

/** The links without those that close a circle, found depth first from boxes that nobody calls. */
function withoutCircles(ids: readonly string[], links: readonly Link[]): Link[] {
  const called = new Set(links.filter(([from, to]) => from !== to).map(([, to]) => to));
  const starts = [...ids.filter((id) => !called.has(id)), ...ids];
  const outgoing = new Map<string, string[]>();
  for (const [from, to] of links) outgoing.set(from, [...(outgoing.get(from) ?? []), to]);
  const state = new Map<string, 'open' | 'done'>();
  const kept: Link[] = [];
  const visit = (id: string): void => {
    state.set(id, 'open');
    for (const to of outgoing.get(id) ?? []) {
      if (state.get(to) === 'open') continue;
      kept.push([id, to]);
      if (!state.has(to)) visit(to);
    }
    state.set(id, 'done');
  };
  for (const id of starts) if (!state.has(id)) visit(id);
  return kept;
}

function topologicalOrder(ids: readonly string[], links: readonly Link[]): string[] {
  const waiting = new Map(ids.map((id) => [id, links.filter(([, to]) => to === id).length]));
  const order = ids.filter((id) => waiting.get(id) === 0);
  // The list grows while it is read.
  for (const id of order) {
    for (const [, to] of links.filter(([from]) => from === id)) {
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      if (left === 0) order.push(to);
    }
  }
  return order;
}
