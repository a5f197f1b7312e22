import type { Clock, Random, ReadStore } from '../runtime/ports.ts';
import type { Subscriber } from './subscribe.ts';

export interface FollowOptions {
  readonly random: Random;
  /** Mean time between two reads of a store that does not push; asked anew for each where it depends. */
  readonly intervalMs: number | (() => number);
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /** Called once for each publication that is in force after its `expires` (ms since the epoch). */
  readonly onExpired?: (expires: number) => void;
}

/** No back-off grows beyond this, so that a healed store is noticed in time. */
const BACKOFF_LIMIT_MS = 60_000;

/** Refreshes at once, on every notice of the store, and otherwise at jittered intervals. Resolves after the abort. */
export async function follow(
  subscriber: Pick<Subscriber, 'refresh' | 'manifest'>,
  store: ReadStore,
  clock: Clock,
  options: FollowOptions,
): Promise<void> {
  const notice = new Notice();
  const stopWatching = store.watch?.(() => notice.give());
  const stop = (): void => notice.give();
  options.signal.addEventListener('abort', stop);
  const expiry = new Expiry(options.onExpired);
  let failures = 0;
  while (!options.signal.aborted) {
    notice.clear();
    failures = (await subscriber.refresh()) === 'rejected' ? failures + 1 : 0;
    expiry.check(subscriber.manifest?.expires, clock.now());
    await pause(clock, delayMs(options, failures), notice);
  }
  options.signal.removeEventListener('abort', stop);
  stopWatching?.();
}

/** Around the interval after success; after failures full jitter below a doubling ceiling. */
function delayMs({ random, intervalMs: wanted }: FollowOptions, failures: number): number {
  const intervalMs = typeof wanted === 'number' ? wanted : wanted();
  if (failures === 0) return intervalMs * (0.5 + random.unit());
  const ceiling = Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, BACKOFF_LIMIT_MS));
  return Math.max(intervalMs / 2, ceiling * random.unit());
}

/** Until the time is over or there is a notice, also one that came during the refresh. */
async function pause(clock: Clock, ms: number, notice: Notice): Promise<void> {
  if (notice.signal.aborted) return;
  try {
    await clock.sleep(ms, notice.signal);
  } catch (error) {
    if (!notice.signal.aborted) throw error;
  }
}

/** That something may have changed since it was last cleared. */
class Notice {
  #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  give(): void {
    this.#controller.abort();
  }

  clear(): void {
    if (this.#controller.signal.aborted) this.#controller = new AbortController();
  }
}

class Expiry {
  readonly #alarm: ((expires: number) => void) | undefined;
  #alarmed: number | undefined;

  constructor(alarm: ((expires: number) => void) | undefined) {
    this.#alarm = alarm;
  }

  check(expires: number | undefined, now: number): void {
    if (expires === undefined || now < expires || this.#alarmed === expires) return;
    this.#alarmed = expires;
    this.#alarm?.(expires);
  }
}
