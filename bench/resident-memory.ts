import { readFileSync } from 'node:fs';

/** Bytes of a process that are in memory. Throws where the system does not tell or the process is gone. */
export function residentMemory(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  if (kilobytes === undefined) throw new Error(`no resident memory of process ${pid}`);
  return Number(kilobytes) * 1024;
}
