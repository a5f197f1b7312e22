import type { Clock, Random } from '../ports.ts';
import { BackOff } from './back-off.ts';
import { ControlRefused } from './control-connection.ts';

/** The first and the longest pause, ms, and how often it is tried. */
const firstMs = 1000;
const longestMs = 8000;
const tries = 12;

/** Tries again, after pauses of its own length for everybody, while control has too much to do (503, 429). */
export async function whileBusy<T>(
  task: () => Promise<T>,
  { clock, random }: { readonly clock: Pick<Clock, 'sleep'>; readonly random: Random },
): Promise<T> {
  const pauses = new BackOff(random, firstMs, longestMs);
  for (let left = tries; ; left--) {
    try {
      return await task();
    } catch (error) {
      if (!isBusy(error) || left === 1) throw error;
      await clock.sleep(pauses.next());
    }
  }
}

/** Whether control may give later what it did not give now. */
export function isBusy(error: unknown): boolean {
  return error instanceof ControlRefused && (error.status === 503 || error.status === 429);
}
