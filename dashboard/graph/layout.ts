import type { Graph, GraphEdge, GraphNode } from '../control-api.ts';
import { type Curve, curveThrough } from './curve.ts';
import { type Group, groupNodes } from './group.ts';
import { placeLabels } from './labels.ts';
import { assignLayers, type Link } from './layers.ts';
import { orderLayers } from './ordering.ts';
import type { Point, Rectangle } from './rectangle.ts';

/** A picture of the mesh, in pixels at its natural size. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly edges: readonly DrawnEdge[];
}

export interface Box extends Rectangle {
  readonly group: Group;
  readonly members: readonly (Rectangle & { readonly node: GraphNode })[];
}

export interface DrawnEdge {
  readonly edge: GraphEdge;
  readonly curve: Curve;
  /** Centre of its label. */
  readonly label: Point;
}

/** Sizes in pixels. */
export const size = {
  box: 152,
  header: 30,
  member: 34,
  gap: 6,
  padding: 8,
  column: 184,
  row: 26,
  margin: 24,
  labelHeight: 20,
} as const;

/** Lays the mesh out in layers from left to right; the same mesh always gives the same picture. */
export function layoutGraph(graph: Graph, labelWidth: (edge: GraphEdge) => number): Layout {
  const groups = groupNodes(graph);
  const groupOf = new Map(groups.flatMap((group) => group.members.map(({ id }) => [id, group.id] as const)));
  const links = uniqueLinks(graph.edges, groupOf);
  const layers = assignLayers(
    groups.map(({ id }) => id),
    links,
  );
  const routed = routeLinks(links, layers);
  const columns = orderLayers(columnsOf(layers, routed.bends), routed.steps);
  const heights = new Map(groups.map((group) => [group.id, boxHeight(group)]));
  const tops = placeRows(columns, heights, routed.steps);
  const boxes = groups.map((group) => boxAt(group, layers.get(group.id) ?? 0, tops.get(group.id) ?? 0));
  const curves = drawEdges(graph.edges, boxes, groupOf, routed.bends, tops);
  const labels = placeLabels(
    curves.map(({ edge, curve }) => ({ curve, width: labelWidth(edge), height: size.labelHeight })),
    boxes.flatMap(({ members }) => members),
  );
  const edges = curves.map((one, index) => ({ ...one, label: labels[index] ?? one.curve.at(0.5) }));
  return { ...extent(boxes, edges), boxes, edges };
}

/** A link over several layers bends at a place that is kept free for it in each layer between. */
interface Routed {
  /** Links from one layer to the next. */
  readonly steps: readonly Link[];
  /** Bends of a link by `from → to`, from left to right, with their layers. */
  readonly bends: ReadonlyMap<string, readonly (readonly [id: string, layer: number])[]>;
}

const linkKey = (from: string, to: string): string => `${from}\n${to}`;

function uniqueLinks(edges: readonly GraphEdge[], groupOf: ReadonlyMap<string, string>): Link[] {
  const links = new Map<string, Link>();
  for (const { from, to } of edges) {
    const [left, right] = [groupOf.get(from), groupOf.get(to)];
    if (left !== undefined && right !== undefined && left !== right)
      links.set(linkKey(left, right), [left, right]);
  }
  return [...links.values()].sort((a, b) => (linkKey(...a) < linkKey(...b) ? -1 : 1));
}

function routeLinks(links: readonly Link[], layers: ReadonlyMap<string, number>): Routed {
  const steps: Link[] = [];
  const bends = new Map<string, (readonly [string, number])[]>();
  for (const [from, to] of links) {
    const back = (layers.get(from) ?? 0) > (layers.get(to) ?? 0);
    const [left, right] = back ? [to, from] : [from, to];
    const [first, last] = [layers.get(left) ?? 0, layers.get(right) ?? 0];
    const between: (readonly [string, number])[] = [];
    for (let layer = first + 1; layer < last; layer++)
      between.push([`${linkKey(from, to)}\n${layer}`, layer]);
    const stops = [left, ...between.map(([id]) => id), right];
    for (const [index, stop] of stops.slice(1).entries()) steps.push([stops[index] ?? left, stop]);
    bends.set(linkKey(from, to), between);
  }
  return { steps, bends };
}

function columnsOf(layers: ReadonlyMap<string, number>, bends: Routed['bends']): string[][] {
  const places = [...layers, ...[...bends.values()].flat()];
  const columns: string[][] = Array.from({ length: 1 + Math.max(0, ...layers.values()) }, () => []);
  for (const [id, layer] of places) columns[layer]?.push(id);
  return columns;
}

function boxHeight({ members }: Group): number {
  return size.header + members.length * (size.member + size.gap) - size.gap + size.padding;
}

const bendHeight = size.labelHeight;

/** Top of everything in the columns: centred first, then drawn towards its neighbours without overlapping. */
function placeRows(
  columns: readonly (readonly string[])[],
  heights: ReadonlyMap<string, number>,
  steps: readonly Link[],
): ReadonlyMap<string, number> {
  const heightOf = (id: string) => heights.get(id) ?? bendHeight;
  const full = columns.map((column) => column.reduce((sum, id) => sum + heightOf(id) + size.row, -size.row));
  const tallest = Math.max(0, ...full);
  const tops = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    let y = size.margin + (tallest - (full[index] ?? 0)) / 2;
    for (const id of column) {
      tops.set(id, y);
      y += heightOf(id) + size.row;
    }
  }
  const middle = (id: string) => (tops.get(id) ?? 0) + heightOf(id) / 2;
  for (const column of [...columns, ...columns.toReversed(), ...columns])
    settle(column, heightOf, tops, middle, steps);
  const lift = size.margin - Math.min(size.margin, ...tops.values());
  return new Map([...tops].map(([id, top]) => [id, top + lift]));
}

/** Moves a column's items to the mean middle of their neighbours, in order, then back up where there is room. */
function settle(
  column: readonly string[],
  heightOf: (id: string) => number,
  tops: Map<string, number>,
  middle: (id: string) => number,
  steps: readonly Link[],
): void {
  const wishes = column.map((id) => {
    const near = steps.flatMap(([from, to]) => (from === id ? [to] : to === id ? [from] : []));
    if (near.length === 0) return tops.get(id) ?? 0;
    return near.reduce((sum, other) => sum + middle(other), 0) / near.length - heightOf(id) / 2;
  });
  const placed = spread(
    wishes,
    column.map((id) => heightOf(id) + size.row),
  );
  for (const [index, id] of column.entries()) tops.set(id, placed[index] ?? 0);
}

/** Places near the wishes, in order and `needs` apart: neighbours that collide move together to their mean wish. */
export function spread(wishes: readonly number[], needs: readonly number[]): number[] {
  const blocks: { wish: number; count: number; need: number; first: number }[] = [];
  for (const [index, wish] of wishes.entries()) {
    blocks.push({ wish, count: 1, need: needs[index] ?? 0, first: index });
    for (;;) {
      const [above, last] = [blocks.at(-2), blocks.at(-1)];
      if (above === undefined || last === undefined || above.wish + above.need <= last.wish) break;
      const count = above.count + last.count;
      const mean = (above.wish * above.count + (last.wish - above.need) * last.count) / count;
      blocks.splice(-2, 2, { wish: mean, count, need: above.need + last.need, first: above.first });
    }
  }
  return blocks.flatMap(({ wish, count, first }) => {
    let y = wish;
    return Array.from({ length: count }, (_, i) => {
      const here = y;
      y += needs[first + i] ?? 0;
      return here;
    });
  });
}

function boxAt(group: Group, layer: number, y: number): Box {
  const x = size.margin + layer * (size.box + size.column);
  const members = group.members.map((node, index) => ({
    node,
    x: x + size.padding,
    y: y + size.header + index * (size.member + size.gap),
    width: size.box - 2 * size.padding,
    height: size.member,
  }));
  return { group, members, x, y, width: size.box, height: boxHeight(group) };
}

function drawEdges(
  edges: readonly GraphEdge[],
  boxes: readonly Box[],
  groupOf: ReadonlyMap<string, string>,
  bends: Routed['bends'],
  tops: ReadonlyMap<string, number>,
): { edge: GraphEdge; curve: Curve }[] {
  const places = new Map(
    boxes.flatMap(({ members }) => members.map((member) => [member.node.id, member] as const)),
  );
  return edges.flatMap((edge) => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    if (from === undefined || to === undefined) return [];
    const via = bends.get(linkKey(groupOf.get(edge.from) ?? '', groupOf.get(edge.to) ?? '')) ?? [];
    const points = via.map(([id, layer]) => ({
      x: size.margin + layer * (size.box + size.column) + size.box / 2,
      y: (tops.get(id) ?? 0) + bendHeight / 2,
    }));
    const [start, end] = [portOf(edge, from, edges, places), portOf(edge, to, edges, places)];
    return [{ edge, curve: curveThrough(start, end, points) }];
  });
}

const portGap = 5;

/** A card's edges leave one below the other, in the order in which their other ends stand. */
function portOf(
  edge: GraphEdge,
  card: Rectangle & { readonly node: GraphNode },
  edges: readonly GraphEdge[],
  places: ReadonlyMap<string, Rectangle>,
): Rectangle {
  const { id } = card.node;
  const outward = edge.from === id;
  const other = (one: GraphEdge) => (outward ? one.to : one.from);
  const same = edges
    .filter((one) => (outward ? one.from : one.to) === id)
    .toSorted((a, b) => (places.get(other(a))?.y ?? 0) - (places.get(other(b))?.y ?? 0));
  const gap = Math.min(portGap, (card.height - 8) / Math.max(1, same.length - 1));
  return { ...card, y: card.y + (same.indexOf(edge) - (same.length - 1) / 2) * gap };
}

function extent(boxes: readonly Box[], edges: readonly DrawnEdge[]): Pick<Layout, 'width' | 'height'> {
  const right = Math.max(
    0,
    ...boxes.map((box) => box.x + box.width),
    ...edges.map(({ label }) => label.x + 60),
  );
  const bottom = Math.max(
    0,
    ...boxes.map((box) => box.y + box.height),
    ...edges.map(({ label }) => label.y + 12),
  );
  return { width: right + size.margin, height: bottom + size.margin };
}
