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
  /** A side that could not be measured: it has no row, the others go on. */
  readonly failed: (name: string, why: string) => void;
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
  /** Samples of each side before the first round: engines compile what is called often. */
  readonly warmups?: number;
}

/** Progress is told this often at most. */
const PROGRESS_MS = 2000;

/** Whether a row is asked for. */
export function isWanted(name: string, { only }: Pick<Effort, 'only'>): boolean {
  return only.some((start) => name.startsWith(start));
}

/**
 * Samples the sides in turn, round by round (A B A B …), so that what disturbs the machine disturbs all of them. A
 * side that rejects is left out from then on.
 */
export async function compare(
  comparison: Comparison,
  effort: Teller & Pick<Effort, 'rounds'>,
): Promise<void> {
  const { metric, unit, warmups = 0 } = comparison;
  const rounds = effort.rounds ?? comparison.rounds;
  checkPeers(comparison.sides);
  const samples = new Map<string, number[]>(comparison.sides.map(({ name }) => [name, []]));
  let sides = comparison.sides;
  let told = Number.NEGATIVE_INFINITY;
  for (let round = 1 - warmups; round <= rounds; round++) {
    if (performance.now() - told > PROGRESS_MS) {
      effort.progress(`${metric}, ${round > 0 ? `round ${round} of ${rounds}` : 'warming'}`);
      told = performance.now();
    }
    for (const side of sides) {
      const value = await sampled(side, effort);
      if (value === undefined) sides = sides.filter((one) => one !== side);
      else if (round > 0) samples.get(side.name)?.push(value);
    }
  }
  if (sides.length > 0) effort.completed(sides.map((side) => toRow(side, sides, samples, metric, unit)));
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

async function sampled(side: Side, effort: Teller): Promise<number | undefined> {
  try {
    return await side.sample();
  } catch (error) {
    effort.failed(side.name, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function checkPeers(sides: readonly Side[]): void {
  for (const { peer } of sides) {
    if (peer !== undefined && sides.every(({ name }) => name !== peer))
      throw new RangeError(`no side ${peer}`);
  }
}

function toRow(
  side: Side,
  sides: readonly Side[],
  samples: ReadonlyMap<string, readonly number[]>,
  metric: string,
  unit: string,
): Row {
  const own = samples.get(side.name) ?? [];
  const peer = sides.find(({ name }) => name === side.peer)?.name;
  const ofPeer = peer === undefined ? undefined : samples.get(peer);
  return {
    name: side.name,
    metric,
    unit,
    median: median(own),
    min: Math.min(...own),
    max: Math.max(...own),
    peer: peer ?? null,
    ratio: ofPeer === undefined ? null : median(roundRatios(own, ofPeer)),
  };
}
