import { limit } from './limit.ts';
import { namedMatch, stringMatch } from './match-shape.ts';
import type {
  ClaimMatch,
  Cors,
  Destination,
  DirectResponseAction,
  Fault,
  ForwardAction,
  HeaderChange,
  HeaderOperations,
  Mirror,
  RedirectAction,
  RetryPolicy,
  Rewrite,
  Route,
  RouteAction,
  RouteMatch,
  VirtualHost,
} from './route.ts';
import {
  duration,
  either,
  flag,
  integer,
  list,
  oneOf,
  optional,
  pair,
  percentage,
  record,
  type Shape,
  text,
  variant,
} from './shape.ts';

const status = integer(100, 999);
const fields = list(pair(text(), text()));

const headerChange: Shape<HeaderChange> = record<HeaderChange>({
  remove: list(text()),
  set: fields,
  add: fields,
});

const headerOperations: Shape<HeaderOperations> = record<HeaderOperations>({
  request: optional(headerChange),
  response: optional(headerChange),
});

const destination: Shape<Destination> = record<Destination>({
  cluster: text(),
  weight: integer(0, 0xffff_ffff),
  headers: optional(headerOperations),
  missingStatus: optional(status),
});

const rewrite: Shape<Rewrite> = record<Rewrite>({
  authority: optional(text()),
  uri: optional(text()),
  regex: optional(record<NonNullable<Rewrite['regex']>>({ match: text(), substitution: text() })),
});

const yes: Shape<true> = (value) => (value === true ? undefined : ': not true');

const mirror: Shape<Mirror> = record<Mirror>({ cluster: text(), percent: percentage });

const fault: Shape<Fault> = record<Fault>({
  delay: optional(record<NonNullable<Fault['delay']>>({ ms: duration, percent: percentage })),
  abort: optional(
    record<NonNullable<Fault['abort']>>({
      status,
      grpcStatus: optional(integer(0, 16)),
      percent: percentage,
    }),
  ),
});

const cors: Shape<Cors> = record<Cors>({
  allowOrigins: list(stringMatch),
  allowMethods: list(text()),
  allowHeaders: list(text()),
  exposeHeaders: list(text()),
  maxAgeSeconds: optional(integer(0, 0xffff_ffff)),
  allowCredentials: optional(yes),
  unmatchedPreflights: oneOf('forward', 'answer'),
});

const retry: Shape<RetryPolicy> = record<RetryPolicy>({
  attempts: integer(1, 1000),
  perTryTimeoutMs: optional(duration),
  on: list(text()),
  statuses: list(status),
  backoffMs: duration,
  repeatEndpoints: optional(yes),
});

const action: Shape<RouteAction> = variant<RouteAction, 'kind'>('kind', {
  forward: record<ForwardAction>({
    kind: oneOf('forward'),
    destinations: list(destination, limit.list, 1),
    rewrite: optional(rewrite),
    timeoutMs: optional(duration),
    retry: optional(retry),
    mirrors: optional(list(mirror, 100)),
  }),
  redirect: record<RedirectAction>({
    kind: oneOf('redirect'),
    status,
    scheme: optional(text()),
    authority: optional(text()),
    port: optional(either(integer(0, 65535), oneOf('request'))),
    uri: optional(text()),
    prefixRewrite: optional(text()),
  }),
  direct: record<DirectResponseAction>({ kind: oneOf('direct'), status, body: text(limit.body) }),
});

const match: Shape<RouteMatch> = record<RouteMatch>({
  name: optional(text()),
  path: optional(stringMatch),
  scheme: optional(stringMatch),
  method: optional(stringMatch),
  authority: optional(stringMatch),
  headers: optional(list(namedMatch)),
  queryParams: optional(list(namedMatch)),
  claims: optional(
    list(
      record<ClaimMatch>({
        path: list(text(), 64, 1),
        match: optional(stringMatch),
        invert: optional(flag),
      }),
    ),
  ),
});

const route: Shape<Route> = record<Route>({
  name: text(),
  source: text(),
  matches: list(match),
  action,
  headers: optional(headerOperations),
  fault: optional(fault),
  cors: optional(cors),
});

export const virtualHost: Shape<VirtualHost> = record<VirtualHost>({
  name: text(),
  domains: list(text()),
  routes: list(route),
});
