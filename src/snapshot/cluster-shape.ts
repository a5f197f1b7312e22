import type {
  CircuitLimits,
  Cluster,
  ClusterTls,
  Discovery,
  OutlierDetection,
  StaticEndpoint,
} from './cluster.ts';
import { limit } from './limit.ts';
import {
  duration,
  flag,
  integer,
  list,
  oneOf,
  optional,
  pair,
  record,
  type Shape,
  text,
  variant,
} from './shape.ts';

type Of<K> = Extract<Discovery, { readonly kind: K }>;

const port = integer(0, 65535);
const labels = list(pair(text(), text()), 1000);

const staticEndpoint: Shape<StaticEndpoint> = record<StaticEndpoint>({
  address: text(),
  port,
  labels,
  weight: integer(0, 0xffff_ffff),
});

const discovery: Shape<Discovery> = variant<Discovery, 'kind'>('kind', {
  registry: record<Of<'registry'>>({ kind: oneOf('registry') }),
  static: record<Of<'static'>>({ kind: oneOf('static'), endpoints: list(staticEndpoint) }),
  original: record<Of<'original'>>({ kind: oneOf('original') }),
  application: record<Of<'application'>>({ kind: oneOf('application') }),
});

const tls: Shape<ClusterTls> = variant<ClusterTls, 'mode'>('mode', {
  none: record<Extract<ClusterTls, { readonly mode: 'none' }>>({ mode: oneOf('none') }),
  mesh: record<Extract<ClusterTls, { readonly mode: 'mesh' }>>({
    mode: oneOf('mesh'),
    sni: text(),
    sans: list(text()),
    required: flag,
  }),
  server: record<Extract<ClusterTls, { readonly mode: 'server' }>>({
    mode: oneOf('server'),
    serverName: text(),
    names: list(text(), 100, 1),
    roots: text(limit.pem),
  }),
});

const positive = optional(integer(1, 0xffff_ffff));

const circuit: Shape<CircuitLimits> = record<CircuitLimits>({
  maxConnections: positive,
  maxPendingRequests: positive,
  maxRequests: positive,
  maxRetries: positive,
});

const threshold = integer(0, 0xffff_ffff);
const percent = integer(0, 100);
/** A length of time that something is divided by. */
const interval = integer(1);

const outlier: Shape<OutlierDetection> = record<OutlierDetection>({
  consecutive5xx: threshold,
  consecutiveGatewayErrors: threshold,
  consecutiveLocalErrors: threshold,
  splitLocalErrors: flag,
  errorStatuses: list(integer(100, 999), 1000),
  intervalMs: interval,
  baseEjectionMs: interval,
  maxEjectionPercent: percent,
  minHealthPercent: percent,
});

export const cluster: Shape<Cluster> = record<Cluster>({
  name: text(),
  service: text(),
  port,
  subset: text(),
  labels,
  balancer: oneOf('LEAST_REQUEST', 'ROUND_ROBIN', 'RANDOM'),
  tls,
  protocol: oneOf('http1', 'http2'),
  connectTimeoutMs: duration,
  discovery,
  circuit: optional(circuit),
  outlier: optional(outlier),
});
