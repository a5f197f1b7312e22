import type { GraphEdge, GraphNode } from '../control-api.ts';
import { h, type VElement } from '../dom/element.ts';
import { type EdgeLabel, edgeHealth, edgeText, edgeWidth, securityText } from './edge-style.ts';
import { memberTitle } from './group.ts';
import { type Box, type DrawnEdge, type Layout, size } from './layout.ts';
import type { Rectangle } from './rectangle.ts';
import { edgeItem, isInFocus, nodeItem, type Selection } from './selection.ts';

export interface GraphDrawing {
  readonly layout: Layout;
  readonly label: EdgeLabel;
  readonly selection: Selection | undefined;
  /** Pixels on the screen per pixel of the layout. */
  readonly zoom: number;
  readonly onSelect: (item: string) => void;
}

const glyphWidth = 6.1;
const lockWidth = 15;

/** How wide an edge's label is, px. */
export function labelWidth(edge: GraphEdge, label: EdgeLabel): number {
  return edgeText(edge, label).length * glyphWidth + lockWidth + 12;
}

/** The mesh as a picture in which every edge and node can be reached with the keyboard. */
export function graphSvg(drawing: GraphDrawing): VElement {
  const { layout, zoom } = drawing;
  const { width, height, boxes, edges } = layout;
  return h(
    'svg',
    {
      class: 'graph',
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      width: Math.ceil(width * zoom),
      height: Math.ceil(height * zoom),
      role: 'group',
      'aria-label': `Mesh of ${boxes.length} services with ${edges.length} edges`,
    },
    h('defs', {}, ['idle', 'ok', 'warn', 'bad'].map(arrowHead)),
    boxes.map((box) => boxOutline(box)),
    edges.map((edge) => edgeLine(edge, drawing)),
    boxes.flatMap(({ members }) => members.map((member) => memberCard(member, drawing))),
    edges.map((edge) => edgeLabel(edge, drawing)),
  );
}

function arrowHead(health: string): VElement {
  const shape = { viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 9, markerHeight: 9 };
  return h(
    'marker',
    { id: `arrow-${health}`, key: health, ...shape, orient: 'auto', markerUnits: 'userSpaceOnUse' },
    h('path', { class: `arrow ${health}`, d: 'M0 .8 7.5 4 0 7.2z' }),
  );
}

function boxOutline({ group, x, y, width, height }: Box): VElement {
  const isGateway = group.kind === 'gateway';
  return h(
    'g',
    { key: `box ${group.id}`, class: `box ${group.kind}` },
    h('rect', { x, y, width, height, rx: 8 }),
    h('title', {}, `${group.namespace ? `${group.namespace}/` : ''}${group.title}`),
    isGateway && gatewayGlyph(x + size.padding + 2, y + 9),
    h(
      'text',
      { class: 'box-title', x: x + size.padding + (isGateway ? 21 : 2), y: y + 20 },
      shortened(group.title, isGateway ? 15 : 18),
    ),
  );
}

/** An arrow through a door. */
function gatewayGlyph(x: number, y: number): VElement {
  return h(
    'g',
    { class: 'glyph', transform: `translate(${x} ${y})`, 'aria-hidden': 'true' },
    h('path', { d: 'M6 .5h6.5v12H6M0 6.5h8M5.5 3.8 8.2 6.5 5.5 9.2' }),
  );
}

function edgeLine({ edge, curve }: DrawnEdge, { selection, onSelect }: GraphDrawing): VElement {
  const health = edgeHealth(edge);
  const item = edgeItem(edge);
  return h(
    'g',
    { key: `line ${item}`, class: `edge ${health} ${isInFocus(edge, selection) ? '' : 'dim'}` },
    h('path', {
      class: 'edge-line',
      d: curve.path,
      'stroke-width': edgeWidth(edge),
      'marker-end': `url(#arrow-${health})`,
    }),
    h('path', { class: 'edge-reach', d: curve.path, onclick: () => onSelect(item) }),
  );
}

function edgeLabel({ edge, label: at }: DrawnEdge, { label, selection, onSelect }: GraphDrawing): VElement {
  const item = edgeItem(edge);
  const width = labelWidth(edge, label);
  const [x, y] = [Math.round(at.x - width / 2), Math.round(at.y - size.labelHeight / 2)];
  const selected = selection?.kind === 'edge' && edgeItem(selection.edge) === item;
  const classes = [edgeHealth(edge), isInFocus(edge, selection) ? '' : 'dim', selected ? 'selected' : ''];
  return h(
    'g',
    {
      key: `label ${item}`,
      class: `edge-label ${classes.join(' ')}`,
      'data-edge': `${edge.from} ${edge.to}`,
      'data-security': edge.security,
      ...button(item, onSelect, selected),
      'aria-label': `${edge.from} to ${edge.to}: ${edgeText(edge, 'all')}; ${securityText(edge.security)}`,
    },
    h('rect', { x, y, width, height: size.labelHeight, rx: 4 }),
    padlock(x + 6, y + 5, edge.security),
    h('text', { x: x + lockWidth + 6, y: y + 14 }, edgeText(edge, label)),
  );
}

/** Closed where the server proved who called; open where nobody did. */
function padlock(x: number, y: number, security: string): VElement {
  const proven = security !== 'none' && security !== 'unknown';
  const shackle = proven ? 'M2 5V3a2.5 2.5 0 0 1 5 0v2' : 'M2 5V3a2.5 2.5 0 0 1 4.6-1.3';
  return h(
    'g',
    { class: proven ? 'lock closed' : 'lock open', transform: `translate(${x} ${y})` },
    h('title', {}, securityText(security)),
    h('path', { class: 'shackle', d: shackle }),
    h('rect', { class: 'lock-body', y: 4.6, width: 9, height: 6, rx: 1.2 }),
  );
}

function memberCard(
  { node, x, y, width, height }: Rectangle & { readonly node: GraphNode },
  { selection, onSelect }: GraphDrawing,
): VElement {
  const item = nodeItem(node);
  const selected = selection?.kind === 'node' && selection.node.id === node.id;
  const health = nodeHealth(node);
  const counted = node.kind === 'workload' || node.kind === 'gateway';
  const label = `${node.kind} ${node.workload || node.service || node.id} ${node.version}: ${readyText(node)}`;
  return h(
    'g',
    {
      key: `member ${item}`,
      class: `member ${node.kind} ${selected ? 'selected' : ''}`,
      'data-node': node.id,
      ...button(item, onSelect, selected),
      'aria-label': label,
    },
    h('rect', { x, y, width, height, rx: 5 }),
    h('title', {}, label),
    counted && h('circle', { class: health, cx: x + 13, cy: y + height / 2, r: 3.5 }),
    h(
      'text',
      { x: x + (counted ? 24 : 10), y: y + height / 2 + 4 },
      shortened(memberTitle(node), counted ? 13 : 18),
    ),
    counted &&
      h(
        'text',
        { class: 'ready', x: x + width - 9, y: y + height / 2 + 4 },
        `${node.ready}/${node.instances}`,
      ),
  );
}

function nodeHealth({ ready, instances }: GraphNode): 'none' | 'ok' | 'warn' | 'bad' {
  if (instances === 0) return 'none';
  return ready === 0 ? 'bad' : ready < instances ? 'warn' : 'ok';
}

/** How many instances serve, in words. */
export function readyText({ kind, ready, instances }: GraphNode): string {
  if (kind === 'unknown') return 'clients that no proxy knows';
  if (kind === 'service') return 'no workload of it is known';
  return instances === 0 ? 'no instance reports' : `${ready} of ${instances} ready`;
}

function button(item: string, onSelect: (item: string) => void, pressed: boolean) {
  return {
    role: 'button',
    tabindex: 0,
    'aria-pressed': String(pressed),
    onclick: () => onSelect(item),
    onkeydown: (event: Event) => {
      if (!('key' in event) || (event.key !== 'Enter' && event.key !== ' ')) return;
      event.preventDefault();
      onSelect(item);
    },
  };
}

const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;
