/** How many connections a port takes at one time; what comes above is closed at once. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  /** Of those, from one IP address. */
  readonly maxConnectionsPerAddress: number;
}

/** The variables that `connectionLimits` reads, for usage texts. */
export const CONNECTION_LIMITS_USAGE = `WEFT_MAX_CONNECTIONS, 10000 unless set, bounds the connections of one port, and
WEFT_MAX_CONNECTIONS_PER_ADDRESS, a quarter of that unless set, those of one client address: raise it behind a load balancer.`;

const DEFAULT_TOTAL = 10_000;
const SHARE = 4;

/** Reads the limits of a program's ports from its environment; throws on anything but a number from 1 to 1,000,000. */
export function connectionLimits(env: Readonly<Record<string, string | undefined>>): ConnectionLimits {
  const maxConnections = count(env, 'WEFT_MAX_CONNECTIONS') ?? DEFAULT_TOTAL;
  const share = count(env, 'WEFT_MAX_CONNECTIONS_PER_ADDRESS') ?? Math.ceil(maxConnections / SHARE);
  return { maxConnections, maxConnectionsPerAddress: Math.min(share, maxConnections) };
}

function count(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (/^\d{1,7}$/.test(text) && value >= 1 && value <= 1_000_000) return value;
  throw new Error(`${name} must be a number of connections from 1 to 1000000, not ${text}`);
}
