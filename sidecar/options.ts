import { parseArgs } from 'node:util';
import { type AllowedHosts, parseAllowedHosts } from '../src/identity/jwt/key-address.ts';
import { type AccessLogFormat, accessLogFormat } from '../src/proxy/telemetry/access-log.ts';
import { type Tracing, tracingOf } from '../src/proxy/telemetry/tracing.ts';
import { parseAppMetrics } from '../src/runtime/control/admin/app-metrics.ts';
import { parseAppProbers } from '../src/runtime/control/admin/app-probers.ts';
import type { AppHealth } from '../src/runtime/control/admin/status-pages.ts';
import {
  APPLICATION_IDENTITY_FLAGS,
  APPLICATION_IDENTITY_USAGE,
  type ApplicationIdentityOptions,
  applicationIdentityOptions,
} from '../src/runtime/control/application-identity.ts';
import {
  EVIDENCE_FLAGS,
  EVIDENCE_USAGE,
  type EvidenceSource,
  evidenceOptions,
  evidenceSource,
} from '../src/runtime/control/evidence.ts';
import {
  CONNECTION_LIMITS_USAGE,
  type ConnectionLimits,
  connectionLimits,
} from '../src/runtime/sockets/connection-limits.ts';
import { type RedisAddress, redisAddress } from '../src/runtime/store/redis-address.ts';
import { type AppReadiness, appReadiness } from './app-readiness.ts';
import { DRAIN_USAGE, type DrainTimes, drainTimes } from './drain-times.ts';
import {
  INTERCEPTION_FLAGS,
  INTERCEPTION_USAGE,
  type InterceptionOptions,
  interceptionOptions,
} from './interception-options.ts';
import { PORT_FLAGS, PORT_USAGE, type PortOptions, portNumber, portOptions } from './port-options.ts';

export interface SidecarOptions extends PortOptions, InterceptionOptions, ApplicationIdentityOptions {
  /** What there is to be attested with in place of a join token; undefined = nothing. */
  readonly evidence: EvidenceSource | undefined;
  /** File of the join bundle, mode 0600; not needed once `state` holds what came of it. */
  readonly join: string | undefined;
  /** Directory where certificate and last known good are kept for the next start; undefined = nowhere. */
  readonly state: string | undefined;
  /** Where the application listens on 127.0.0.1. */
  readonly appPort: number;
  /** What the application must do before the sidecar is among the endpoints; undefined = nothing. */
  readonly appReady: AppReadiness | undefined;
  /** What the status port tells of the application. */
  readonly appHealth: AppHealth;
  /** Address that the inbound port binds to and that is registered; readiness alone is told there too. */
  readonly address: string;
  /** Address of the status and metrics ports. */
  readonly statusAddress: string;
  /** What a client of the outbound port must present (proxy user info). */
  readonly credential: string;
  /** What a POST to the admin and status ports must bring; undefined = nothing. */
  readonly adminToken: string | undefined;
  readonly drain: DrainTimes;
  /** A line on stdout for every request; undefined = none. */
  readonly accessLog: AccessLogFormat | undefined;
  /** Undefined = trace contexts pass untouched. */
  readonly tracing: Tracing | undefined;
  readonly limits: ConnectionLimits;
  /** Hosts that keys of tokens may come from although they are not public. */
  readonly keyHosts: AllowedHosts;
  /** The Redis that counts global limits; undefined = none. */
  readonly limitStore: RedisAddress | undefined;
  /** The Redis in which instances behind one name use up the nonces of signed requests; undefined = none. */
  readonly replayStore: RedisAddress | undefined;
}

const usage = `usage: sidecar --join FILE --app-port N [--state DIR] [--address IP] [--status-address IP] [--app-ready off|tcp|/PATH]
       [--standard-ports] [--reuse-port] [--inbound-port N] [--outbound-port N] [--admin-port N] [--status-port N] [--health-port N]
       [--metrics-port N] [--access-log off|text|json]
--state DIR (or WEFT_STATE) keeps the certificate and the last known good configuration, so that a restart needs
neither control nor another join bundle. WEFT_PROXY_CREDENTIAL holds the credential of the outbound port.
WEFT_PROXY_ADMIN_TOKEN, if set, is what a POST to the admin port must bring (authorization: Bearer …).
--app-ready keeps the sidecar out of the mesh's endpoints until the application takes connections, or answers /PATH with 2xx.
${PORT_USAGE}
${INTERCEPTION_USAGE}
--status-address, 127.0.0.1 unless given, is where the status and metrics ports are bound, --address, the same unless given,
where the inbound and the health port are. ISTIO_KUBE_APP_PROBERS and ISTIO_PROMETHEUS_ANNOTATIONS say what Istio's injector
says there: the probes of /app-health/… and where the application tells its metrics.
WEFT_ACCESS_LOG stands for --access-log; WEFT_TRACE_SAMPLING, a percentage, lets the proxy take part in traces and begin them
(unset = contexts pass untouched).
WEFT_JWKS_HOSTS, like keys.internal:8443,10.0.0.7:80, names hosts that keys of tokens may come from although they are not public
or not https.
WEFT_RATE_LIMIT_REDIS, like redis://user:password@host:6379/0 or rediss://…, is where limits of scope global are counted.
WEFT_REPLAY_REDIS, of the same form, is where instances whose edge ports share a name use up signatures together.
${DRAIN_USAGE}
${EVIDENCE_USAGE}
${APPLICATION_IDENTITY_USAGE}
${CONNECTION_LIMITS_USAGE}`;

/** Reads the command line and the environment; throws with the usage on anything wrong. */
export function sidecarOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SidecarOptions {
  try {
    return readOptions(args, env);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SidecarOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      join: { type: 'string' },
      state: { type: 'string' },
      'app-port': { type: 'string', default: '' },
      'app-ready': { type: 'string', default: 'off' },
      address: { type: 'string', default: '127.0.0.1' },
      'status-address': { type: 'string', default: '127.0.0.1' },
      'access-log': { type: 'string' },
      ...PORT_FLAGS,
      ...INTERCEPTION_FLAGS,
      ...EVIDENCE_FLAGS,
      ...APPLICATION_IDENTITY_FLAGS,
    },
  });
  const credential = env.WEFT_PROXY_CREDENTIAL ?? '';
  const state = values.state ?? env.WEFT_STATE;
  if (!(values.join || state)) throw new Error('--join or --state is missing');
  if (!credential) throw new Error('WEFT_PROXY_CREDENTIAL is not set');
  const appPort = portNumber(values['app-port'], '--app-port', 1);
  return {
    ...portOptions(values),
    ...interceptionOptions(values, env),
    ...applicationIdentityOptions(values, env),
    evidence: evidenceSource(evidenceOptions(values, env)),
    join: values.join,
    state,
    appPort,
    appReady: appReadiness(values['app-ready'], appPort),
    appHealth: {
      probes: parseAppProbers(env.ISTIO_KUBE_APP_PROBERS),
      metrics: parseAppMetrics(env.ISTIO_PROMETHEUS_ANNOTATIONS),
    },
    address: values.address,
    statusAddress: values['status-address'],
    credential,
    adminToken: env.WEFT_PROXY_ADMIN_TOKEN || undefined,
    drain: drainTimes(env),
    accessLog: accessLogFormat(values['access-log'] ?? env.WEFT_ACCESS_LOG ?? 'off'),
    tracing: tracingOf(env.WEFT_TRACE_SAMPLING),
    limits: connectionLimits(env),
    keyHosts: parseAllowedHosts(env.WEFT_JWKS_HOSTS),
    limitStore: redisAddress(env),
    replayStore: redisAddress(env, 'WEFT_REPLAY_REDIS'),
  };
}
