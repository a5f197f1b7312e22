import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds that each thread of a process has run so far, user and system, by thread id. */
export type ThreadTimes = ReadonlyMap<string, number>;

/** Whether this system tells what a process has run. */
export function canReadCpuTime(): boolean {
  return existsSync('/proc/self/schedstat');
}

/** Reads `/proc/<pid>/task/TID/schedstat`: the figures of `stat`, without its steps of 10 ms. */
export function threadTimes(pid: number): ThreadTimes {
  const times = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const time = threadTime(`/proc/${pid}/task/${thread}/schedstat`);
    if (time !== undefined) times.set(thread, time);
  }
  return times;
}

/** Nanoseconds between two readings. A thread that ended between them is left out. */
export function cpuBetween(before: ThreadTimes, after: ThreadTimes): number {
  let sum = 0;
  for (const [thread, time] of after) sum += time - (before.get(thread) ?? 0);
  return sum;
}

function threadTime(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'latin1').split(' ')[0]);
  } catch {
    // The thread ended after it was listed.
    return undefined;
  }
}
