import type { Candidate, CandidatePool } from '../../src/proxy/forward/endpoint-table.ts';

/** A pool of endpoints with the given weights and requests in flight. */
export function poolOf(weights: readonly number[], active: readonly number[] = []): CandidatePool {
  const candidates: Candidate[] = weights.map((weight, i) => ({
    address: `10.0.0.${i + 1}`,
    port: 9080,
    mesh: false,
    instance: `i${i}`,
    workload: 'w',
    weight,
    load: { active: active[i] ?? 0 },
  }));
  const even = weights.every((weight) => weight === weights[0]);
  return { candidates, even, cursor: 0, credit: weights.map(() => 0) };
}

/** A reproducible draw (mulberry32). */
export function drawFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
