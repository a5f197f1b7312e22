/** Upper bounds of Istio's (Envoy's default) buckets, for milliseconds and for bytes alike. */
export const BUCKET_BOUNDS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/** A histogram as it is told: counts by bucket, not cumulative, the last one above every bound. */
export interface Distribution {
  /** One more than `BUCKET_BOUNDS`. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Counts values by Istio's buckets, in place. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKET_BOUNDS.length + 1);
  #sum = 0;

  /** A bucket holds values up to its bound, the bound included (Prometheus' `le`). */
  observe(value: number): void {
    let bucket = 0;
    while (bucket < BUCKET_BOUNDS.length && value > (BUCKET_BOUNDS[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
  }

  /** What was counted until now. */
  read(): Distribution {
    return { counts: Array.from(this.#counts), sum: this.#sum };
  }
}

/** How many values there are. */
export function countOf({ counts }: Distribution): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The value below which a share of all lies, between bounds by proportion; 0 where there is none. */
export function quantile({ counts }: Distribution, share: number): number {
  const rank = countOf({ counts, sum: 0 }) * share;
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (count > 0 && below + count >= rank) {
      const from = i === 0 ? 0 : (BUCKET_BOUNDS[i - 1] as number);
      const to = BUCKET_BOUNDS[i] ?? from;
      return from + ((to - from) * (rank - below)) / count;
    }
    below += count;
  }
  return 0;
}
