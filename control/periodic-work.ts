/** Work to be done in the background, and after how many ms again. */
export type PeriodicTask = readonly [everyMs: number, task: () => void];

/** Does each at its intervals, the first time after one, until the signal. */
export function workPeriodically(tasks: readonly PeriodicTask[], signal: AbortSignal): void {
  for (const [everyMs, task] of tasks) {
    const timer = setInterval(task, everyMs);
    signal.addEventListener('abort', () => clearInterval(timer));
  }
}
