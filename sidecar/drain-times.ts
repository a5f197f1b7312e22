import { parseDuration } from '../src/config/resource/parse-duration.ts';

/** How long a sidecar takes to leave. */
export interface DrainTimes {
  /** How long it serves on after it has left the endpoints, until everybody knows, ms. */
  readonly hearsayMs: number;
  /** How long exchanges of the inbound port may take after that, ms; infinite = until there is none. */
  readonly exchangesMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that `drainTimes` reads, for usage texts. */
export const DRAIN_USAGE = `MINIMUM_DRAIN_DURATION, like 5s (or WEFT_DRAIN_MS, 2000 unless set), is how long the sidecar serves on after it has left the
mesh's endpoints; TERMINATION_DRAIN_DURATION_SECONDS, 5 unless set, how long exchanges under way may take after that;
EXIT_ON_ZERO_ACTIVE_CONNECTIONS=true lets them take as long as they need.`;

/**
 * Reads what Istio's agent reads (MINIMUM_DRAIN_DURATION, EXIT_ON_ZERO_ACTIVE_CONNECTIONS,
 * TERMINATION_DRAIN_DURATION_SECONDS), and WEFT_DRAIN_MS. Throws on anything that it cannot be.
 */
export function drainTimes(env: Environment): DrainTimes {
  const zero = flag(env, 'EXIT_ON_ZERO_ACTIVE_CONNECTIONS');
  const seconds = wholeNumber(env, 'TERMINATION_DRAIN_DURATION_SECONDS', 'seconds') ?? 5;
  return {
    hearsayMs: wholeNumber(env, 'WEFT_DRAIN_MS', 'milliseconds') ?? minimumDrain(env) ?? 2000,
    exchangesMs: zero ? Number.POSITIVE_INFINITY : seconds * 1000,
  };
}

function minimumDrain({ MINIMUM_DRAIN_DURATION: text }: Environment): number | undefined {
  if (text === undefined || text === '') return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new Error(`MINIMUM_DRAIN_DURATION must be a duration like 5s or 500ms, not ${text}`);
}

function wholeNumber(env: Environment, name: string, unit: string): number | undefined {
  const text = env[name];
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new Error(`${name} must be ${unit} from 0 to 99999, not ${text}`);
}

function flag(env: Environment, name: string): boolean {
  const text = env[name] ?? '';
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0|)$/i.test(text)) return false;
  throw new Error(`${name} must be true or false, not ${text}`);
}
