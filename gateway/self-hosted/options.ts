import { parseArgs } from 'node:util';
import { type AllowedHosts, parseAllowedHosts } from '../../src/identity/jwt/key-address.ts';
import { type AccessLogFormat, accessLogFormat } from '../../src/proxy/telemetry/access-log.ts';
import { type Tracing, tracingOf } from '../../src/proxy/telemetry/tracing.ts';
import {
  EVIDENCE_FLAGS,
  EVIDENCE_USAGE,
  type EvidenceSource,
  evidenceOptions,
  evidenceSource,
} from '../../src/runtime/control/evidence.ts';
import {
  CONNECTION_LIMITS_USAGE,
  type ConnectionLimits,
  connectionLimits,
} from '../../src/runtime/sockets/connection-limits.ts';
import { type RedisAddress, redisAddress } from '../../src/runtime/store/redis-address.ts';

export interface GatewayOptions {
  /** What there is to be attested with in place of a join token; undefined = nothing. */
  readonly evidence: EvidenceSource | undefined;
  /** File of the join bundle, mode 0600; not needed once `state` holds what came of it. */
  readonly join: string | undefined;
  /** Directory where certificate and last known good are kept for the next start; undefined = nowhere. */
  readonly state: string | undefined;
  /** Address that every port binds to. */
  readonly address: string;
  /** Where a server port of the configuration is bound, when not there itself. */
  readonly bind: ReadonlyMap<number, number>;
  /** On loopback; 0 = any free one. */
  readonly adminPort: number;
  /** What a POST to it must bring; undefined = nothing. */
  readonly adminToken: string | undefined;
  /** Whether responses tell the route and the revision (`x-weft-*`). */
  readonly debug: boolean;
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

const usage = `usage: gateway --join FILE [--state DIR] [--address IP] [--bind SERVER_PORT=PORT]... [--admin-port N] [--debug]
       [--access-log off|text|json]
--state DIR (or WEFT_STATE) keeps the certificate and the last known good configuration, so that a restart needs
neither control nor another join bundle. WEFT_ACCESS_LOG stands for --access-log; WEFT_TRACE_SAMPLING, a percentage,
lets the proxy take part in traces and begin them (unset = contexts pass untouched).
WEFT_JWKS_HOSTS, like keys.internal:8443,10.0.0.7:80, names hosts that keys of tokens may come from although they are not public
or not https.
WEFT_RATE_LIMIT_REDIS, like redis://user:password@host:6379/0 or rediss://…, is where limits of scope global are counted.
WEFT_PROXY_ADMIN_TOKEN, if set, is what a POST to the admin port must bring (authorization: Bearer …).
${EVIDENCE_USAGE}
${CONNECTION_LIMITS_USAGE}`;

/** Reads the command line and the environment; throws with the usage on anything wrong. */
export function gatewayOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): GatewayOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...EVIDENCE_FLAGS,
      join: { type: 'string' },
      state: { type: 'string' },
      address: { type: 'string', default: '0.0.0.0' },
      bind: { type: 'string', multiple: true, default: [] },
      'admin-port': { type: 'string', default: '0' },
      debug: { type: 'boolean', default: false },
      'access-log': { type: 'string' },
    },
  });
  const state = values.state ?? env.WEFT_STATE;
  if (!values.join && !state) throw new Error(usage);
  return {
    join: values.join,
    evidence: evidenceSource(evidenceOptions(values, env)),
    state,
    address: values.address,
    bind: new Map(values.bind.map(portPair)),
    adminToken: env.WEFT_PROXY_ADMIN_TOKEN || undefined,
    adminPort: portNumber(values['admin-port'], 0),
    debug: values.debug,
    accessLog: accessLogFormat(values['access-log'] ?? env.WEFT_ACCESS_LOG ?? 'off'),
    tracing: tracingOf(env.WEFT_TRACE_SAMPLING),
    limits: connectionLimits(env),
    keyHosts: parseAllowedHosts(env.WEFT_JWKS_HOSTS),
    limitStore: redisAddress(env),
  };
}

function portPair(text: string): [number, number] {
  const [serverPort = '', port = '', ...rest] = text.split('=');
  if (rest.length > 0) throw new Error(`--bind takes SERVER_PORT=PORT, not ${text}\n${usage}`);
  return [portNumber(serverPort, 1), portNumber(port, 0)];
}

function portNumber(text: string, from: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= from && value <= 65535) return value;
  throw new Error(`"${text}" is not a port from ${from} to 65535\n${usage}`);
}
