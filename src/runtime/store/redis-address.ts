/** Where a Redis is, and as whom it is asked. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Empty = the default user. */
  readonly user: string;
  /** Empty = none. */
  readonly password: string;
  readonly database: number;
}

/** That of a variable, WEFT_RATE_LIMIT_REDIS unless named; undefined where it is not set. Throws on what is none. */
export function redisAddress(
  env: Readonly<Record<string, string | undefined>>,
  name = 'WEFT_RATE_LIMIT_REDIS',
): RedisAddress | undefined {
  const text = env[name];
  if (!text) return undefined;
  try {
    return parseRedisAddress(text);
  } catch (error) {
    throw new Error(`${name} ${error instanceof Error ? error.message : ''}`);
  }
}

/** Reads `redis[s]://[user:password@]host[:port][/database]`; throws, without what is in it, when it is none. */
export function parseRedisAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = /^(?:\/(\d{0,4}))?$/.exec(url?.pathname ?? '?');
  const known = url?.protocol === 'redis:' || url?.protocol === 'rediss:';
  if (url === undefined || !known || url.hostname === '' || database === null || url.search !== '')
    throw new Error('must be redis://[user:password@]host[:port][/database], or rediss:// for TLS');
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    tls: url.protocol === 'rediss:',
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: Number(database[1] ?? 0),
  };
}
