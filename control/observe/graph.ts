import { quantile } from '../../src/proxy/telemetry/histogram.ts';
import { UNKNOWN } from '../../src/proxy/telemetry/labels.ts';
import { type EdgeCount, type NodeFacts, noDistribution, sumOf, unknownNode, workloadNode } from './edge.ts';
import { stepMs } from './traffic-ring.ts';

/** A hop's proof, as connection_security_policy says it; the weakest that was seen. */
export type EdgeSecurity = 'mutual_tls' | 'signed_request' | 'service_binding' | 'none';

export interface GraphNode extends NodeFacts {
  /** Proxies that live, and those of them that serve. */
  readonly instances: number;
  readonly ready: number;
  /** All requests that it got; for a gateway all that it passed on, because its clients are no part of the mesh. */
  readonly served: EdgeTraffic;
}

export interface EdgeTraffic {
  /** Requests, or connections where `protocol` is tcp. */
  readonly requests: number;
  /** Requests per second. */
  readonly rate: number;
  readonly errors: number;
  /** Share, 0 to 1. */
  readonly errorRate: number;
  /** Milliseconds; 0 where nothing was measured. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface GraphEdge extends EdgeTraffic {
  /** Ids of nodes. */
  readonly from: string;
  readonly to: string;
  readonly security: EdgeSecurity;
  /** `http`, `grpc` or `tcp`; several with commas. */
  readonly protocol: string;
}

export interface Graph {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly seconds: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** A workload or gateway that is there, with or without traffic. */
export interface Member extends Pick<NodeFacts, 'namespace' | 'service' | 'workload' | 'version'> {
  readonly kind: 'gateway' | 'workload';
  readonly instances: number;
  readonly ready: number;
}

export interface GraphParts {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of the clock that the ring counts by. */
  readonly now: number;
  readonly seconds: number;
  readonly ring: { sum(from: number, to: number): EdgeCount[] };
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  readonly members: readonly Member[];
}

/** Reports of two proxies about one request come within this time of each other, ms. */
const lagMs = 2 * stepMs;

/** The mesh of the last `seconds`: each request once, told by its source where that is a proxy of ours. */
export function graph({ at, now, seconds, ring, nodes, members }: GraphParts): Graph {
  const from = now - seconds * 1000;
  const told = ring.sum(from, now);
  const anonymous = (edge: EdgeCount) => edge.reporter === 'destination' && edge.from === UNKNOWN;
  const sources = told.filter(({ reporter }) => reporter === 'source');
  const speaking = new Set(sources.map((edge) => edge.from));
  const servers = told.filter((edge) => edge.reporter === 'destination' && edge.from !== UNKNOWN);
  const unproven = unprovenHops(ring.sum(from - lagMs, now), servers);
  const settled = ring.sum(from, now - lagMs).filter(anonymous);
  const counted = [
    ...sources,
    ...servers.filter((edge) => !speaking.has(edge.from)),
    ...settled.flatMap((edge) => rest(edge, unproven.get(edge.to) ?? 0)),
  ];
  const security = securityOf(servers);
  const edges = [...grouped(counted)].map(([key, group]) =>
    graphEdge(group, seconds, security.get(key) ?? 'none'),
  );
  return { at, seconds, nodes: nodesOf(counted, seconds, nodes, members), edges };
}

const pair = ({ from, to }: Pick<EdgeCount, 'from' | 'to'>): string => `${from}\n${to}`;

/**
 * Requests by server that clients of ours tell of and that the server saw come from nobody it could know: hops
 * without proof, e.g. from a gateway Worker that signs nothing.
 */
function unprovenHops(told: readonly EdgeCount[], servers: readonly EdgeCount[]): Map<string, number> {
  const proven = new Set(servers.map(pair));
  const counts = new Map<string, number>();
  for (const edge of told) {
    if (edge.reporter === 'destination' || proven.has(pair(edge))) continue;
    counts.set(edge.to, (counts.get(edge.to) ?? 0) + edge.requests);
  }
  return counts;
}

/**
 * What is left of an anonymous edge without the requests that a proxy of ours has told of. Those are counted over a
 * longer time than these, so that none is shown twice; a few that came past every proxy may be missing instead.
 */
function rest(edge: EdgeCount, known: number): EdgeCount[] {
  const requests = edge.requests - known;
  if (requests <= 0) return [];
  return [{ ...edge, requests, errors: Math.min(edge.errors, requests) }];
}

/** The weakest proof that the server saw on each hop; only the server's word counts. */
function securityOf(servers: readonly EdgeCount[]): Map<string, EdgeSecurity> {
  const ranks: readonly EdgeSecurity[] = ['none', 'service_binding', 'signed_request', 'mutual_tls'];
  const weakest = new Map<string, EdgeSecurity>();
  for (const edge of servers) {
    const seen = ranks.find((rank) => rank === edge.security) ?? 'none';
    const before = weakest.get(pair(edge)) ?? 'mutual_tls';
    weakest.set(pair(edge), ranks.indexOf(seen) < ranks.indexOf(before) ? seen : before);
  }
  return weakest;
}

function grouped(edges: readonly EdgeCount[]): Map<string, EdgeCount[]> {
  const groups = new Map<string, EdgeCount[]>();
  for (const edge of edges) groups.set(pair(edge), [...(groups.get(pair(edge)) ?? []), edge]);
  return groups;
}

function graphEdge(group: readonly EdgeCount[], seconds: number, security: EdgeSecurity): GraphEdge {
  const [first] = group;
  const protocol = [...new Set(group.map((edge) => edge.protocol))].sort().join(',');
  return { from: first?.from ?? '', to: first?.to ?? '', ...trafficOf(group, seconds), security, protocol };
}

function trafficOf(group: readonly EdgeCount[], seconds: number): EdgeTraffic {
  const requests = group.reduce((sum, edge) => sum + edge.requests, 0);
  const errors = group.reduce((sum, edge) => sum + edge.errors, 0);
  const durations = group.map(({ durationMs }) => durationMs).reduce(sumOf, noDistribution);
  const at = (share: number) => Math.round(quantile(durations, share) * 100) / 100;
  return {
    requests,
    rate: requests / seconds,
    errors,
    errorRate: requests === 0 ? 0 : errors / requests,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
}

/** Every member of the mesh, and whatever else stands at an edge; by id. */
function nodesOf(
  edges: readonly EdgeCount[],
  seconds: number,
  known: ReadonlyMap<string, NodeFacts>,
  members: readonly Member[],
): GraphNode[] {
  const found = new Map<string, Omit<GraphNode, 'served'>>();
  for (const { kind, namespace, workload, service, version, instances, ready } of members) {
    const node = workloadNode(kind, namespace, workload, service, version);
    found.set(node.id, { ...node, instances, ready });
  }
  for (const id of edges.flatMap(({ from, to }) => [from, to])) {
    const facts = known.get(id) ?? unknownNode;
    if (!found.has(id)) found.set(id, { ...facts, instances: 0, ready: 0 });
  }
  const served = ({ id, kind }: NodeFacts) =>
    edges.filter(({ from, to }) => (kind === 'gateway' ? from : to) === id);
  return [...found.values()]
    .map((node) => ({ ...node, served: trafficOf(served(node), seconds) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
