import type { ProxyProcess } from './proxy-process.ts';

export const MIB = 2 ** 20;

/** Bytes by which the resident memory of the proxies grew at most while `run` went on. */
export async function memoryPeak(proxies: ProxyProcess, run: () => Promise<void>): Promise<number> {
  const { rss: before } = await proxies.state();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, proxies.rss);
  }, 20);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, proxies.rss) - before;
}
