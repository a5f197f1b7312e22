import type { Graph, GraphEdge, GraphNode } from '../control-api.ts';

/** What the reader looks at. */
export type Selection =
  | { readonly kind: 'node'; readonly node: GraphNode }
  | { readonly kind: 'edge'; readonly edge: GraphEdge };

/** How a node is named in an address. */
export const nodeItem = ({ id }: Pick<GraphNode, 'id'>): string => `node:${id}`;

/** How an edge is named in an address. */
export const edgeItem = ({ from, to }: Pick<GraphEdge, 'from' | 'to'>): string => `edge:${from}|${to}`;

/** What an address names, when it is in the graph. */
export function findSelection({ nodes, edges }: Graph, item: string): Selection | undefined {
  const node = nodes.find((one) => nodeItem(one) === item);
  if (node) return { kind: 'node', node };
  const edge = edges.find((one) => edgeItem(one) === item);
  return edge && { kind: 'edge', edge };
}

/** Whether an edge belongs to what is looked at; without a selection all do. */
export function isInFocus(edge: GraphEdge, selection: Selection | undefined): boolean {
  if (selection === undefined) return true;
  if (selection.kind === 'edge') return edgeItem(edge) === edgeItem(selection.edge);
  return edge.from === selection.node.id || edge.to === selection.node.id;
}
