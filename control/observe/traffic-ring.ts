import { UNKNOWN } from '../../src/proxy/telemetry/labels.ts';
import { type EdgeCount, type EdgeName, sumOf } from './edge.ts';

/** Traffic is kept in steps of this length, for this long; ms. */
export const stepMs = 5000;
export const keptMs = 600_000;

/** Edges told apart within a step; what is beyond counts as traffic between unknown ends. */
const maxEdges = 5000;

interface Step {
  /** When it began, a multiple of `stepMs`. */
  readonly at: number;
  readonly edges: Map<string, EdgeCount>;
}

/** What passed over each edge during the last ten minutes. Times are of one clock that never steps. */
export class TrafficRing {
  #steps: Step[] = [];

  add(now: number, edge: EdgeCount): void {
    const { edges } = this.#stepOf(now);
    const full = edges.size >= maxEdges && !edges.has(keyOf(edge));
    const own = full ? { ...edge, from: UNKNOWN, to: UNKNOWN } : edge;
    edges.set(keyOf(own), added(edges.get(keyOf(own)), own));
  }

  /** The sums of the steps that began after `from` and not after `to`. */
  sum(from: number, to: number): EdgeCount[] {
    const sums = new Map<string, EdgeCount>();
    for (const { at, edges } of this.#steps) {
      if (at <= from || at > to) continue;
      for (const [key, edge] of edges) sums.set(key, added(sums.get(key), edge));
    }
    return [...sums.values()];
  }

  #stepOf(now: number): Step {
    const at = Math.floor(now / stepMs) * stepMs;
    const last = this.#steps.at(-1);
    if (last?.at === at) return last;
    const step = { at, edges: new Map<string, EdgeCount>() };
    this.#steps = [...this.#steps.filter((one) => one.at > at - keptMs), step];
    return step;
  }
}

function keyOf({ reporter, from, to, protocol, security }: EdgeName): string {
  return `${reporter}\n${from}\n${to}\n${protocol}\n${security}`;
}

function added(sum: EdgeCount | undefined, edge: EdgeCount): EdgeCount {
  if (!sum) return edge;
  return {
    ...sum,
    requests: sum.requests + edge.requests,
    errors: sum.errors + edge.errors,
    durationMs: sumOf(sum.durationMs, edge.durationMs),
  };
}
