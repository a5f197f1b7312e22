import { loadavg } from 'node:os';
import type { Child } from './child.ts';
import { cpuBetween, threadTimes } from './cpu-time.ts';
import { canPin } from './pinning.ts';

/** What a load did, and what the proxies spent on it. */
export interface Measured {
  readonly answered: number;
  /** CPU time of all processes, in µs. */
  readonly cpu: number;
  /** The same as a part of the wall clock's time. */
  readonly busy: number;
}

/** Asks the load a question between two readings of the processes' CPU time. Rejects when a request fails. */
export async function measuredLoad(
  load: Child,
  question: unknown,
  pids: readonly number[],
  what: string,
): Promise<Measured> {
  const before = pids.map(threadTimes);
  const started = performance.now();
  const answered = await succeed(load, question, what);
  const wall = (performance.now() - started) * 1000;
  const spent = pids.map((pid, i) => cpuBetween(before[i] ?? new Map(), threadTimes(pid)));
  const cpu = spent.reduce((sum, ns) => sum + ns, 0) / 1000;
  return { answered, cpu, busy: cpu / wall };
}

/** The number of answers. A single failed request makes the figure worthless. */
export async function succeed(load: Child, question: unknown, what: string): Promise<number> {
  const { answered, failed } = (await load.ask(question, 120_000)) as { answered: number; failed: number };
  if (failed > 0 || answered === 0) {
    throw new Error(`${what}: ${failed} of ${answered + failed} requests failed`);
  }
  return answered;
}

/** What a reader must know of the machine. */
export function machineNotes(quick: boolean): string[] {
  return [
    canPin
      ? 'proxies are pinned to core 0, load and origin to core 1'
      : 'nothing is pinned: `taskset` or a second core is missing',
    `load average at the end ${loadavg()[0]?.toFixed(1)}; a benchmark alone makes about 2`,
    ...(quick ? ['quick: the runtimes have not compiled all of the code yet, which costs them more'] : []),
  ];
}
