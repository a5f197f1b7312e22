/** One side of a comparison. */
export interface Side {
  readonly name: string;
  /** The side it is compared with in the same rounds. */
  readonly peer?: string;
  /** Measures once, in the unit of the comparison; rejects where it cannot. */
  sample(): number | Promise<number>;
}

/** What one side gave. `peer` and `ratio` are null where there is nothing to compare with. */
export interface Row {
  readonly name: string;
  readonly metric: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly peer: string | null;
  /** Median of the per-round ratios to the peer; above 1 costs more than it. */
  readonly ratio: number | null;
}

/** Where a benchmark says how far it is, and what it has found so far. */
export interface Teller {
  readonly progress: (text: string) => void;
  /** Rows that are done, all sides of a comparison together: a run that is cut off has told them. */
  readonly completed: (rows: readonly Row[]) => void;
}

/** How much a benchmark may spend. */
export interface Effort extends Teller {
  readonly quick: boolean;
  /** What the names of rows must begin with; a benchmark of few rows may measure all of them. */
  readonly only: readonly string[];
  /** Instead of the rounds that a comparison asks for. */
  readonly rounds: number | undefined;
}

export interface Benchmark {
  readonly name: string;
  /** One line for the list. */
  readonly about: string;
  /** Names of all rows that it can measure. */
  readonly rows: readonly string[];
  /** Tells its rows as they are done; resolves to what a reader must know about them. */
  run(effort: Effort): Promise<readonly string[]>;
}

export interface Comparison {
  readonly metric: string;
  readonly unit: string;
  readonly sides: readonly Side[];
  readonly rounds: number;
}

/** Progress is told this often at most. */
const PROGRESS_MS = 2000;

/** Whether a row is asked for. */
export function isWanted(name: string, { only }: Pick<Effort, 'only'>): boolean {
  return only.some((start) => name.startsWith(start));
}

/** Samples the sides in turn, round by round (A B A B …), so that what disturbs the machine disturbs all of them. */
export async function compare(
  comparison: Comparison,
  effort: Teller & Pick<Effort, 'rounds'>,
): Promise<void> {
  const { metric, unit, sides } = comparison;
  const rounds = effort.rounds ?? comparison.rounds;
  const samples = new Map<string, number[]>(sides.map(({ name }) => [name, []]));
  let told = Number.NEGATIVE_INFINITY;
  for (let round = 1; round <= rounds; round++) {
    if (performance.now() - told > PROGRESS_MS) {
      effort.progress(`${metric}, round ${round} of ${rounds}`);
      told = performance.now();
    }
    for (const side of sides) samples.get(side.name)?.push(await side.sample());
  }
  effort.completed(sides.map((side) => toRow(side, samples, metric, unit)));
}

/** The middle value, or the mean of the two middle ones. Throws RangeError without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('no values');
  return (lower + upper) / 2;
}

/** `own` over `peer`, round by round. Throws RangeError when they do not have the same rounds. */
export function roundRatios(own: readonly number[], peer: readonly number[]): number[] {
  if (own.length !== peer.length) throw new RangeError('the sides have different rounds');
  return own.map((value, round) => value / (peer[round] ?? Number.NaN));
}

function toRow(
  side: Side,
  samples: ReadonlyMap<string, readonly number[]>,
  metric: string,
  unit: string,
): Row {
  const own = samples.get(side.name) ?? [];
  const peer = side.peer === undefined ? undefined : samples.get(side.peer);
  if (side.peer !== undefined && peer === undefined) throw new RangeError(`no side ${side.peer}`);
  return {
    name: side.name,
    metric,
    unit,
    median: median(own),
    min: Math.min(...own),
    max: Math.max(...own),
    peer: side.peer ?? null,
    ratio: peer === undefined ? null : median(roundRatios(own, peer)),
  };
}
