/** What became of requests that a limit counted, as told in metrics. */
export type LimitResult = 'ok' | 'over_limit' | 'error';

/** Requests that a limit counted. */
export interface LimitCount {
  /** `namespace/resource/limit`. */
  readonly limit: string;
  readonly result: LimitResult;
  readonly count: number;
}

/** Limits that are told apart. */
const MAX_LIMITS = 1000;

/** Counts by limit, for the life of the process. */
export class LimitCounts {
  readonly #byLimit = new Map<string, Record<LimitResult, number>>();

  add(limit: string, result: LimitResult): void {
    const known = this.#byLimit.get(limit) ?? this.#added(limit);
    known[result]++;
  }

  read(): LimitCount[] {
    return [...this.#byLimit].flatMap(([limit, counts]) =>
      RESULTS.map((result) => ({ limit, result, count: counts[result] })),
    );
  }

  #added(limit: string): Record<LimitResult, number> {
    const name = this.#byLimit.size < MAX_LIMITS ? limit : 'unknown';
    const counts = this.#byLimit.get(name) ?? { ok: 0, over_limit: 0, error: 0 };
    this.#byLimit.set(name, counts);
    return counts;
  }
}

const RESULTS: readonly LimitResult[] = ['ok', 'over_limit', 'error'];
