/** A piece of work done `times` times. What it returns is kept, so that no compiler can leave the work out. */
export type Work = (times: number) => number;

/** Work that is waited for. */
export type SlowWork = (times: number) => Promise<void>;

const WARM_CALLS = 20_000;
let kept = 0;

/** Runs the work until it is compiled. */
export function warm(work: Work): void {
  kept += work(WARM_CALLS);
}

/** Nanoseconds per call, over `ms` milliseconds of wall clock. */
export function callTime(work: Work, ms: number): number {
  const started = performance.now();
  let calls = 0;
  let batch = 64;
  let elapsed = 0;
  while (elapsed < ms) {
    kept += work(batch);
    calls += batch;
    elapsed = performance.now() - started;
    // Reading the clock must not count: batches grow until one takes about a millisecond.
    if (elapsed < 1) batch *= 2;
  }
  if (!Number.isFinite(kept)) throw new RangeError('the work gave no number');
  return (elapsed * 1e6) / calls;
}

/** Nanoseconds per call of work that is waited for, over `ms` milliseconds of wall clock. */
export async function slowCallTime(work: SlowWork, ms: number): Promise<number> {
  const started = performance.now();
  let calls = 0;
  let elapsed = 0;
  for (; elapsed < ms; elapsed = performance.now() - started) {
    await work(SLOW_BATCH);
    calls += SLOW_BATCH;
  }
  return (elapsed * 1e6) / calls;
}

/** Runs the work until it is compiled. */
export async function warmSlow(work: SlowWork): Promise<void> {
  await work(WARM_CALLS / 20);
}

const SLOW_BATCH = 16;
