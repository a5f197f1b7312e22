import { parseArgs } from 'node:util';
import { type AllowedHosts, parseAllowedHosts } from '../src/identity/jwt/key-address.ts';
import { type AccessLogFormat, accessLogFormat } from '../src/proxy/telemetry/access-log.ts';
import { type Tracing, tracingOf } from '../src/proxy/telemetry/tracing.ts';
import {
  CONNECTION_LIMITS_USAGE,
  type ConnectionLimits,
  connectionLimits,
} from '../src/runtime/sockets/connection-limits.ts';
import { type RedisAddress, redisAddress } from '../src/runtime/store/redis-address.ts';

export interface SidecarOptions {
  /** File of the join bundle, mode 0600; not needed once `state` holds what came of it. */
  readonly join: string | undefined;
  /** Directory where certificate and last known good are kept for the next start; undefined = nowhere. */
  readonly state: string | undefined;
  /** Where the application listens on 127.0.0.1. */
  readonly appPort: number;
  /** Address that the inbound port binds to and that is registered. */
  readonly address: string;
  /** 0 = any free one; what it got is registered. */
  readonly inboundPort: number;
  readonly outboundPort: number;
  readonly adminPort: number;
  /** What a client of the outbound port must present (proxy user info). */
  readonly credential: string;
  /** How long it serves on after it has left the endpoints, until everybody knows, ms. */
  readonly drainMs: number;
  /** A line on stdout for every request; undefined = none. */
  readonly accessLog: AccessLogFormat | undefined;
  /** Undefined = trace contexts pass untouched. */
  readonly tracing: Tracing | undefined;
  readonly limits: ConnectionLimits;
  /** Hosts that keys of tokens may come from although they are not public. */
  readonly keyHosts: AllowedHosts;
  /** The Redis that counts global limits; undefined = none. */
  readonly limitStore: RedisAddress | undefined;
}

const usage = `usage: sidecar --join FILE --app-port N [--state DIR] [--address IP] [--inbound-port N] [--outbound-port N] [--admin-port N]
       [--access-log off|text|json]
--state DIR (or WEFT_STATE) keeps the certificate and the last known good configuration, so that a restart needs
neither control nor another join bundle. WEFT_PROXY_CREDENTIAL holds the credential of the outbound port; WEFT_DRAIN_MS, 2000 unless set, is how long the
sidecar serves on after it has left the mesh's endpoints. WEFT_ACCESS_LOG stands for --access-log; WEFT_TRACE_SAMPLING, a percentage,
lets the proxy take part in traces and begin them (unset = contexts pass untouched).
WEFT_JWKS_HOSTS, like keys.internal:8443,10.0.0.7:80, names hosts that keys of tokens may come from although they are not public
or not https.
WEFT_RATE_LIMIT_REDIS, like redis://user:password@host:6379/0 or rediss://…, is where limits of scope global are counted.
${CONNECTION_LIMITS_USAGE}`;

/** Reads the command line and the environment; throws with the usage on anything wrong. */
export function sidecarOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SidecarOptions {
  const port = { type: 'string', default: '0' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      join: { type: 'string' },
      state: { type: 'string' },
      'app-port': port,
      address: { type: 'string', default: '127.0.0.1' },
      'inbound-port': port,
      'outbound-port': port,
      'admin-port': port,
      'access-log': { type: 'string' },
    },
  });
  const credential = env.WEFT_PROXY_CREDENTIAL ?? '';
  const state = values.state ?? env.WEFT_STATE;
  if (!(values.join || state) || !credential) throw new Error(usage);
  return {
    join: values.join,
    state,
    appPort: portNumber(values['app-port'], '--app-port', 1),
    address: values.address,
    inboundPort: portNumber(values['inbound-port'], '--inbound-port', 0),
    outboundPort: portNumber(values['outbound-port'], '--outbound-port', 0),
    adminPort: portNumber(values['admin-port'], '--admin-port', 0),
    credential,
    drainMs: drainTime(env.WEFT_DRAIN_MS ?? '2000'),
    accessLog: accessLogFormat(values['access-log'] ?? env.WEFT_ACCESS_LOG ?? 'off'),
    tracing: tracingOf(env.WEFT_TRACE_SAMPLING),
    limits: connectionLimits(env),
    keyHosts: parseAllowedHosts(env.WEFT_JWKS_HOSTS),
    limitStore: redisAddress(env),
  };
}

function drainTime(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new Error(`WEFT_DRAIN_MS must be milliseconds from 0 to 99999, not ${text}\n${usage}`);
}

function portNumber(text: string, name: string, from: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= 65535) return value;
  throw new Error(`${name} must be a port from ${from} to 65535, not ${text}\n${usage}`);
}
