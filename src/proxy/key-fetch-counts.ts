/** Fetches of keys for tokens from one source, as told in metrics. */
export interface KeyFetchCount {
  /** The rule's `jwksUri`; the issuer where it is to be discovered. */
  readonly source: string;
  readonly result: KeyFetchResult;
  readonly count: number;
}

export type KeyFetchResult = 'ok' | 'error';

/** Sources that are told apart. */
const MAX_SOURCES = 1000;

/** Counts by source, for the life of the process. */
export class KeyFetchCounts {
  readonly #bySource = new Map<string, Record<KeyFetchResult, number>>();

  add(source: string, result: KeyFetchResult): void {
    const known = this.#bySource.get(source) ?? this.#added(source);
    known[result]++;
  }

  read(): KeyFetchCount[] {
    return [...this.#bySource].flatMap(([source, { ok, error }]): KeyFetchCount[] => [
      { source, result: 'ok', count: ok },
      { source, result: 'error', count: error },
    ]);
  }

  #added(source: string): Record<KeyFetchResult, number> {
    const name = this.#bySource.size < MAX_SOURCES ? source : 'unknown';
    const counts = this.#bySource.get(name) ?? { ok: 0, error: 0 };
    this.#bySource.set(name, counts);
    return counts;
  }
}
