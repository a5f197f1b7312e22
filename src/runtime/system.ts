import type { Clock, Log, Random } from './ports.ts';

/** What a log lets through; `silent` is nothing. */
export type LogLevel = 'info' | 'warn' | 'error' | 'silent';

type Fields = Readonly<Record<string, unknown>>;

/** Timers cannot wait longer than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const POOL_SIZE = 1024;
const RANDOM_CHUNK = 65_536;
const VALUE_LIMIT = 4096;
const severity: Readonly<Record<LogLevel, number>> = { info: 0, warn: 1, error: 2, silent: 3 };

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    let left = ms;
    for (; left > LONGEST_TIMER_MS; left -= LONGEST_TIMER_MS) await timer(LONGEST_TIMER_MS, signal);
    await timer(left, signal);
  },
};

/** `crypto.getRandomValues`; numbers come from a pool, so that drawing one costs no system call. */
export const systemRandom: Random = {
  unit: pooledUnit(),
  bytes(length) {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += RANDOM_CHUNK) {
      crypto.getRandomValues(bytes.subarray(at, Math.min(at + RANDOM_CHUNK, length)));
    }
    return bytes;
  },
};

/** Newline-delimited JSON on stderr: `time`, `level`, `event`, then the fields. */
export function systemLog(level: LogLevel): Log {
  const write = (as: LogLevel, event: string, fields?: Fields): void => {
    if (severity[as] >= severity[level]) process.stderr.write(logLine(as, event, fields));
  };
  return {
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  };
}

/** One log line. Values are capped, and no control character reaches a terminal. */
export function logLine(level: LogLevel, event: string, fields: Fields = {}, now = Date.now()): string {
  const head = { time: new Date(now).toISOString(), level, event };
  // Twice: the first sets the order, the second keeps fields from passing for it.
  const line = { ...head, ...fields, ...head };
  return `${escapeControls(stringify(line, head))}\n`;
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
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

function stringify(line: Fields, head: Fields): string {
  try {
    return JSON.stringify(line, (_, value: unknown) => plainValue(value));
  } catch {
    return JSON.stringify({ ...head, fields: 'circular' });
  }
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string' && value.length > VALUE_LIMIT) return `${value.slice(0, VALUE_LIMIT)}…`;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error)
    return 'code' in value ? `${value.message} (${String(value.code)})` : value.message;
  return value;
}

/** JSON escapes C0; DEL, C1 and the Unicode line ends are left to us. */
function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
