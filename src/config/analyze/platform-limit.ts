import { isAddress } from '../resource/host-name.ts';
import type { Kind } from '../resource/kinds.ts';
import type { Platform } from './platform.ts';

/** Something that configuration can ask for and a platform cannot do. */
export interface PlatformLimit {
  readonly platforms: readonly Platform[];
  readonly kind: Kind;
  /** Dots between names, `[]` for each item of a list. */
  readonly path: string;
  /** Which values are concerned; every written one unless given. */
  readonly when?: (value: unknown) => boolean;
  readonly why: string;
  readonly remedy: string;
}

const WORKERS: readonly Platform[] = ['workers'];
const SELF_HOSTED = 'use a self-hosted gateway (weft up --gateway sockets) or a sidecar';
const oneOf =
  (...names: readonly string[]) =>
  (value: unknown): boolean =>
    names.includes(String(value).toUpperCase());
const certificate = 'Workers present no client certificate of the mesh (node:tls there ignores key and cert)';

/** Everything known, by platform. */
export const PLATFORM_LIMITS: readonly PlatformLimit[] = [
  {
    platforms: WORKERS,
    kind: 'Gateway',
    path: 'servers[].port.protocol',
    when: oneOf('TCP', 'TLS', 'MONGO'),
    why: 'a Worker takes HTTP requests only: it is given no bytes of TCP or TLS',
    remedy: SELF_HOSTED,
  },
  {
    platforms: WORKERS,
    kind: 'Gateway',
    path: 'servers[].tls.mode',
    when: oneOf('PASSTHROUGH', 'AUTO_PASSTHROUGH', 'MUTUAL', 'OPTIONAL_MUTUAL', 'ISTIO_MUTUAL'),
    why: 'TLS ends at the edge, which is not told of this mode',
    remedy: SELF_HOSTED,
  },
  {
    platforms: WORKERS,
    kind: 'Gateway',
    path: 'servers[].tls.credentialName',
    why: 'certificates of a Worker’s domain are the edge’s, not those of a Secret',
    remedy: 'upload the certificate to the zone, or use a self-hosted gateway',
  },
  {
    platforms: WORKERS,
    kind: 'Gateway',
    path: 'servers[].bind',
    why: 'a Worker has no addresses of its own',
    remedy: 'leave bind out',
  },
  ...[
    'trafficPolicy.tls.mode',
    'trafficPolicy.portLevelSettings[].tls.mode',
    'subsets[].trafficPolicy.tls.mode',
  ].map(
    (path): PlatformLimit => ({
      platforms: WORKERS,
      kind: 'DestinationRule',
      path,
      when: oneOf('MUTUAL', 'ISTIO_MUTUAL'),
      why: certificate,
      remedy: 'let a sidecar or a self-hosted gateway call this host; the Worker signs its requests instead',
    }),
  ),
  ...['caCertificates', 'insecureSkipVerify'].map(
    (field): PlatformLimit => ({
      platforms: WORKERS,
      kind: 'DestinationRule',
      path: `trafficPolicy.tls.${field}`,
      when: Boolean,
      why: 'fetch on Workers verifies servers by the public roots, and by nothing else',
      remedy: 'give the server a public certificate, or call it from a sidecar',
    }),
  ),
  {
    platforms: WORKERS,
    kind: 'DestinationRule',
    path: 'trafficPolicy.connectionPool.tcp.maxConnections',
    why: 'connections of a Worker are the platform’s, and each isolate counts alone',
    remedy: 'limit requests (http2MaxRequests), or use a self-hosted gateway',
  },
  {
    platforms: WORKERS,
    kind: 'ServiceEntry',
    path: 'endpoints[].address',
    when: (value) => isAddress(String(value)),
    why: 'fetch on Workers does not go to IP addresses',
    remedy: 'name the endpoint by host',
  },
  {
    platforms: WORKERS,
    kind: 'ServiceEntry',
    path: 'ports[].protocol',
    when: oneOf('TCP', 'TLS', 'MONGO', 'REDIS', 'MYSQL', 'UDP'),
    why: 'a Worker calls over HTTP only',
    remedy: 'let a workload with a sidecar call it',
  },
  {
    platforms: WORKERS,
    kind: 'RateLimit',
    path: 'limits[].scope',
    when: oneOf('LOCAL'),
    why: 'each isolate of a Worker counts alone, and comes and goes',
    remedy: 'write scope: global: the Durable Object WEFT_LIMITS counts for all of them',
  },
  {
    platforms: ['deno', 'bun', 'node'],
    kind: 'ServiceEntry',
    path: 'ports[].protocol',
    when: oneOf('UDP'),
    why: 'sidecars carry TCP only',
    remedy: 'call it without the mesh',
  },
  {
    platforms: ['deno', 'bun', 'node', 'workers'],
    kind: 'Sidecar',
    path: 'egress[].captureMode',
    when: oneOf('IPTABLES'),
    why: 'no runtime intercepts connections: applications use the sidecar as their proxy',
    remedy: 'set captureMode: NONE, and HTTP_PROXY for the application (weft run does)',
  },
];
