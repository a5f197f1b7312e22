import type { CandidatePool } from './endpoint-table.ts';
import type { OutlierDetector } from './outlier-detector.ts';

/** The candidates that may be sent to at `now` (monotonic): without the ejected ones, but for a panic. */
export function healthyPool(pool: CandidatePool, now: number): CandidatePool {
  const { outlier } = pool;
  if (outlier === undefined || !outlier.holdsBack(now)) return pool;
  if (pool.rest?.version !== outlier.version) {
    pool.rest = { version: outlier.version, pool: withoutEjected(pool, outlier) };
  }
  return pool.rest.pool;
}

function withoutEjected(pool: CandidatePool, outlier: OutlierDetector): CandidatePool {
  const candidates = pool.candidates.filter(({ load }) => !outlier.isEjected(load));
  const even = candidates.every(({ weight }) => weight === candidates[0]?.weight);
  const { cursor, circuit } = pool;
  return { candidates, even, cursor, credit: candidates.map(() => 0), circuit, outlier };
}
