import { setTimeout as sleep } from 'node:timers/promises';
import { ControlClient } from '../control-client.ts';
import { type Graph, type GraphEdge, type GraphNode, jsonText, type Traffic } from '../mesh-state.ts';
import { table } from '../table.ts';

export interface StatFlags {
  readonly state: string;
  readonly output: string;
  /** How far back, 5 to 600. */
  readonly seconds: number;
  readonly watch?: boolean;
}

/** As often as proxies report, ms. */
const refreshMs = 5000;
const clearScreen = '\u001b[2J\u001b[H';

/** `weft stat`: rate, success and latency of workloads, or of the edges between them. */
export async function stat(what: 'workloads' | 'edges', flags: StatFlags): Promise<void> {
  const control = ControlClient.fromState(flags.state);
  for (;;) {
    const graph = await control.get<Graph>(`/v1/admin/graph?seconds=${flags.seconds}`);
    const text = flags.output === 'json' ? jsonOf(what, graph) : statTable(what, graph);
    process.stdout.write(`${flags.watch && process.stdout.isTTY ? clearScreen : ''}${text}\n`);
    if (!flags.watch) return;
    await sleep(refreshMs);
  }
}

function jsonOf(what: 'workloads' | 'edges', { seconds, nodes, edges }: Graph): string {
  return jsonText({ seconds, items: what === 'edges' ? edges : nodes });
}

/** As text. */
export function statTable(what: 'workloads' | 'edges', graph: Graph): string {
  return what === 'edges' ? edgeTable(graph) : workloadTable(graph);
}

const measures = ['requests', 'rate', 'success', 'p50', 'p95', 'p99'];

function workloadTable({ nodes }: Graph): string {
  const cells = (node: GraphNode) => [
    nodeName(node),
    node.kind,
    node.version || '-',
    `${node.ready}/${node.instances}`,
    ...measured(node.served),
  ];
  return table(['name', 'kind', 'version', 'ready', ...measures], nodes.map(cells));
}

function edgeTable({ nodes, edges, seconds }: Graph): string {
  if (edges.length === 0) return `no traffic in the last ${seconds} s`;
  const names = new Map(nodes.map((node) => [node.id, nodeName(node)]));
  const cells = (edge: GraphEdge) => [
    names.get(edge.from) ?? edge.from,
    names.get(edge.to) ?? edge.to,
    ...measured(edge),
    edge.security,
    edge.protocol,
  ];
  return table(['from', 'to', ...measures, 'security', 'protocol'], edges.map(cells));
}

function nodeName({ kind, workload, service, namespace }: GraphNode): string {
  const name = workload || service || kind;
  return namespace ? `${name}.${namespace}` : name;
}

function measured({ requests, rate, errorRate, p50, p95, p99 }: Traffic): string[] {
  if (requests === 0) return ['0', '-', '-', '-', '-', '-'];
  const success = `${(100 * (1 - errorRate)).toFixed(2)} %`;
  const times = [p50, p95, p99].map((ms) => (ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`));
  return [String(requests), `${rate.toFixed(1)}/s`, success, ...times];
}
