import type { Graph, GraphNode } from '../control-api.ts';

/** A box of the graph: the versions of one service, or what stands for itself. */
export interface Group {
  /** E.g. `default/reviews`. */
  readonly id: string;
  readonly title: string;
  readonly namespace: string;
  readonly kind: GraphNode['kind'];
  readonly members: readonly GraphNode[];
}

/** Nodes as boxes: workloads of one service share one, by version. Sorted, so that the picture keeps still. */
export function groupNodes({ nodes }: Pick<Graph, 'nodes'>): Group[] {
  const groups = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const id = groupId(node);
    groups.set(id, [...(groups.get(id) ?? []), node]);
  }
  return [...groups]
    .map(([id, members]) => groupOf(id, members.toSorted(byVersion)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What a node is called inside its box. */
export function memberTitle({ kind, namespace, version, workload, service, id }: GraphNode): string {
  if (kind === 'unknown') return 'other clients';
  if (kind === 'service') return 'no workload';
  if (kind === 'gateway') return version === '' || version === 'latest' ? namespace : version;
  return version === '' || version === 'unknown' || version === 'latest'
    ? workload || service || id
    : version;
}

function groupId({ kind, namespace, service, workload, id }: GraphNode): string {
  if (kind === 'unknown') return id;
  if (kind === 'gateway') return `gateway ${namespace}/${workload}`;
  return `${namespace}/${service || workload || id}`;
}

function groupOf(id: string, members: readonly GraphNode[]): Group {
  const [first] = members;
  const kind = members.find((node) => node.kind === 'workload')?.kind ?? first?.kind ?? 'unknown';
  const named = first?.kind === 'gateway' ? first.workload : first?.service || first?.workload;
  return {
    id,
    kind,
    namespace: first?.namespace ?? '',
    title: kind === 'unknown' ? 'outside' : named || id,
    members,
  };
}

function byVersion(a: GraphNode, b: GraphNode): number {
  const [left, right] = [`${a.version} ${a.id}`, `${b.version} ${b.id}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
