import { setTimeout as sleep } from 'node:timers/promises';

/** How long a test waits before it takes a thing for never happening, ms. */
const patienceMs = 30_000;
const pauseMs = 50;

/** Asks again and again until `check` gives something else than undefined; rejects with `what` when it never does. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs / 1000} s in vain: ${what}`);
    await sleep(pauseMs);
  }
}
