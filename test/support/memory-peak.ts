import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxyProcess } from './proxy-process.ts';

export const MIB = 2 ** 20;

/** How long after a run memory may still grow with what it left behind, ms. */
const AFTER_MS = 300;

/** Bytes by which the resident memory of the proxies grew at most while `run` went on, and `afterMs` after. */
export async function memoryPeak(
  proxies: ProxyProcess,
  run: () => Promise<void>,
  afterMs: number = AFTER_MS,
): Promise<number> {
  const { rss: before } = await proxies.state();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, proxies.rss);
  }, 20);
  try {
    await run();
    await sleep(afterMs);
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, proxies.rss) - before;
}
