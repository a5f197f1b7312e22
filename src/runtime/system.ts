import type { Alarm, Cancellation, Clock, Random } from './ports.ts';

/** Timers cannot wait longer than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const POOL_SIZE = 1024;
const RANDOM_CHUNK = 65_536;
/** Ids and nonces are at most this long: their bytes come from a pool. */
const SMALL = 32;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    let left = ms;
    for (; left > LONGEST_TIMER_MS; left -= LONGEST_TIMER_MS) await timer(LONGEST_TIMER_MS, signal);
    await timer(left, signal);
  },
  alarm: (ms, ring) => new SystemAlarm(ms, ring),
};

class SystemAlarm implements Alarm {
  readonly #ring: () => void;
  #handle: ReturnType<typeof setTimeout>;

  constructor(ms: number, ring: () => void) {
    this.#ring = ring;
    this.#handle = this.#wait(ms);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #wait(ms: number): ReturnType<typeof setTimeout> {
    if (ms <= LONGEST_TIMER_MS) return setTimeout(this.#ring, ms);
    return setTimeout(() => {
      this.#handle = this.#wait(ms - LONGEST_TIMER_MS);
    }, LONGEST_TIMER_MS);
  }
}

/** `crypto.getRandomValues`; numbers and ids come from pools, so that drawing one costs no call of the platform. */
export const systemRandom: Random = {
  unit: pooledUnit(),
  bytes(length) {
    if (length <= SMALL) return pooledBytes(length);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += RANDOM_CHUNK) {
      crypto.getRandomValues(bytes.subarray(at, Math.min(at + RANDOM_CHUNK, length)));
    }
    return bytes;
  },
};

const smallPool = new Uint8Array(SMALL * 128);
let smallNext = smallPool.length;

/** Bytes that were handed out are wiped: nothing that comes later can tell them. */
function pooledBytes(length: number): Uint8Array<ArrayBuffer> {
  if (smallNext + length > smallPool.length) {
    crypto.getRandomValues(smallPool);
    smallNext = 0;
  }
  const end = smallNext + length;
  const bytes = smallPool.slice(smallNext, end);
  smallPool.fill(0, smallNext, end);
  smallNext = end;
  return bytes;
}

function timer(ms: number, signal: Cancellation | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function pooledUnit(): () => number {
  const pool = new Uint32Array(POOL_SIZE);
  let next = POOL_SIZE;
  return () => {
    if (next >= POOL_SIZE) {
      crypto.getRandomValues(pool);
      next = 0;
    }
    return (pool[next++] ?? 0) / 2 ** 32;
  };
}
