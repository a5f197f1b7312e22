import type { Cluster } from '../../snapshot/cluster.ts';
import type { Candidate, CandidatePool } from './endpoint-table.ts';

/**
 * Picks an endpoint by DestinationRule loadBalancer.simple. Endpoints in `tried` are avoided while there are
 * others (Envoy's previous_hosts); undefined when there is none. `draw` is uniform in [0, 1).
 */
export function balance(
  balancer: Cluster['balancer'],
  pool: CandidatePool,
  tried: readonly Candidate[],
  draw: () => number,
): Candidate | undefined {
  const all = pool.candidates;
  if (all.length < 2) return all[0];
  if (tried.length > 0) return pickUntried(balancer, pool, tried, draw);
  switch (balancer) {
    case 'ROUND_ROBIN':
      return pool.even ? nextInTurn(pool) : smooth(pool, staticWeight);
    case 'RANDOM':
      return pool.even ? all[Math.floor(draw() * all.length)] : weightedRandom(all, draw);
    default:
      return pool.even ? powerOfTwo(all, draw) : smooth(pool, loadedWeight);
  }
}

function pickUntried(
  balancer: Cluster['balancer'],
  pool: CandidatePool,
  tried: readonly Candidate[],
  draw: () => number,
): Candidate | undefined {
  const left = pool.candidates.filter((candidate) => !tried.some((one) => one.load === candidate.load));
  if (left.length === 0) return balance(balancer, pool, [], draw);
  const rest: CandidatePool = {
    candidates: left,
    even: pool.even,
    cursor: pool.cursor,
    credit: left.map(() => 0),
  };
  return balance(balancer, rest, [], draw);
}

function nextInTurn(pool: CandidatePool): Candidate | undefined {
  const at = pool.cursor % pool.candidates.length;
  pool.cursor = at + 1;
  return pool.candidates[at];
}

/** Two different ones at random, the one with fewer requests in flight. */
function powerOfTwo(all: readonly Candidate[], draw: () => number): Candidate | undefined {
  const i = Math.floor(draw() * all.length);
  const j = Math.floor(draw() * (all.length - 1));
  const first = all[i];
  const second = all[j < i ? j : j + 1];
  if (first === undefined || second === undefined) return first ?? second;
  return second.load.active < first.load.active ? second : first;
}

function weightedRandom(all: readonly Candidate[], draw: () => number): Candidate | undefined {
  let total = 0;
  for (const candidate of all) total += candidate.weight;
  let left = draw() * total;
  for (const candidate of all) {
    left -= candidate.weight;
    if (left < 0) return candidate;
  }
  return all.at(-1);
}

/** Smooth weighted round robin: everyone earns its weight, the richest is picked and pays the sum. */
function smooth(pool: CandidatePool, weight: (candidate: Candidate) => number): Candidate | undefined {
  const { candidates, credit } = pool;
  let total = 0;
  let best = 0;
  for (let i = 0; i < candidates.length; i++) {
    const earned = weight(candidates[i] as Candidate);
    total += earned;
    credit[i] = (credit[i] ?? 0) + earned;
    if ((credit[i] as number) > (credit[best] as number)) best = i;
  }
  credit[best] = (credit[best] ?? 0) - total;
  return candidates[best];
}

function staticWeight(candidate: Candidate): number {
  return candidate.weight;
}

/** Envoy's LEAST_REQUEST with unequal weights. */
function loadedWeight(candidate: Candidate): number {
  return candidate.weight / (candidate.load.active + 1);
}
