import { splitAuthority } from '../../src/http/authority.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import type { CanonicalRequest } from '../../src/http/message.ts';
import type { StringMatch } from '../../src/match/value-match.ts';
import type { Connection, Direction } from '../../src/proxy/decide/connection.ts';
import type { Inputs } from '../../src/proxy/decide/decision.ts';
import type { Cluster } from '../../src/snapshot/cluster.ts';
import type { Condition, Policy, Rule } from '../../src/snapshot/policy.ts';
import type { Destination, ForwardAction, Route, VirtualHost } from '../../src/snapshot/route.ts';
import type { InboundListener, Snapshot } from '../../src/snapshot/snapshot.ts';

/** A sidecar's snapshot without anything in it, changed by `parts`. */
export function buildSnapshot(parts: Partial<Snapshot> = {}): Snapshot {
  return {
    format: 1,
    target: { kind: 'sidecar', namespace: 'default', name: 'app', serviceAccount: 'app', labels: [] },
    trustDomain: 'cluster.local',
    pathNormalization: 'BASE',
    inbound: [],
    outbound: [],
    outboundTrafficPolicy: 'REGISTRY_ONLY',
    clusters: [],
    ...parts,
  };
}

/** A gateway's snapshot with these virtual hosts and policies. */
export function gatewaySnapshot(
  virtualHosts: readonly VirtualHost[],
  clusters: readonly Cluster[],
  policies: readonly Policy[] = [],
): Snapshot {
  const target = {
    kind: 'gateway',
    namespace: 'istio-system',
    name: 'edge',
    serviceAccount: 'edge',
    labels: [],
  } as const;
  return buildSnapshot({ target, clusters, gateway: { virtualHosts, policies, servers: [] } });
}

/** A registry cluster named as Envoy names it, e.g. `outbound|80|v1|reviews`. */
export function buildCluster(name: string, parts: Partial<Cluster> = {}): Cluster {
  const [, port = '0', subset = '', service = ''] = name.split('|');
  return {
    name,
    service,
    port: Number(port),
    subset,
    labels: [],
    balancer: 'LEAST_REQUEST',
    tls: { mode: 'none' },
    protocol: 'http1',
    connectTimeoutMs: 10_000,
    discovery: { kind: 'registry' },
    ...parts,
  };
}

/** An HTTP workload port that takes everything. */
export function buildListener(parts: Partial<InboundListener> = {}): InboundListener {
  return {
    port: 8080,
    servicePorts: [{ service: 'app.default.svc.cluster.local', port: 80 }],
    protocol: 'http',
    mtls: 'PERMISSIVE',
    mtlsSource: '',
    policies: [],
    cluster: 'inbound|8080||',
    ...parts,
  };
}

export function buildVirtualHost(domains: readonly string[], routes: readonly Route[]): VirtualHost {
  return { name: domains[0] ?? 'none', domains, routes };
}

/** A route for every request, named by its source key. */
export function buildRoute(source: string, action: Route['action'], parts: Partial<Route> = {}): Route {
  return { name: '', source, matches: [], action, ...parts };
}

/** A forward to clusters, given as names or with weights. */
export function forwardTo(
  destinations: readonly (string | Destination)[],
  parts: Partial<ForwardAction> = {},
): ForwardAction {
  return {
    kind: 'forward',
    destinations: destinations.map((to) => (typeof to === 'string' ? { cluster: to, weight: 1 } : to)),
    ...parts,
  };
}

export function buildPolicy(
  action: Policy['action'],
  rules: readonly Partial<Rule>[],
  parts: Partial<Policy> = {},
): Policy {
  return {
    name: 'default/policy',
    source: 'AuthorizationPolicy/default/policy',
    action,
    dryRun: false,
    rules: rules.map((rule, i) => ({ source: `rule/${i}`, from: [], to: [], when: [], ...rule })),
    ...parts,
  };
}

/** A condition that wants one of `values` and none of `notValues`. */
export function condition(
  attribute:
    | Condition['attribute']
    | 'request.path'
    | 'request.method'
    | 'request.host'
    | 'source.principal'
    | 'source.namespace',
  values: Condition['values'],
  notValues: Condition['notValues'] = [],
): Condition {
  return { attribute: typeof attribute === 'string' ? { kind: attribute } : attribute, values, notValues };
}

export function exact(value: string): StringMatch {
  return { kind: 'exact', value };
}

export function prefix(value: string): StringMatch {
  return { kind: 'prefix', value };
}

/** A canonical request; `url` is `authority/path?query`, the headers are pairs. */
export function buildRequest(
  url: string,
  headers: readonly (readonly [string, string])[] = [],
  parts: { method?: string; scheme?: 'http' | 'https' } = {},
): CanonicalRequest {
  const slash = url.indexOf('/');
  const authority = url.slice(0, slash);
  const [path = '/', ...query] = url.slice(slash).split('?');
  return {
    method: parts.method ?? 'GET',
    scheme: parts.scheme ?? 'http',
    authority,
    ...splitAuthority(authority),
    path,
    query: query.length === 0 ? '' : `?${query.join('?')}`,
    headers: HeaderList.from(headers),
  };
}

/** A plaintext connection without a peer. `peer` is `trust-domain/path`. */
export function buildConnection(
  direction: Direction,
  { peer, ...parts }: Partial<Omit<Connection, 'peer'>> & { peer?: string } = {},
): Connection {
  const slash = peer?.indexOf('/') ?? 0;
  return {
    direction,
    port: 8080,
    scheme: 'http',
    remoteAddress: '10.0.0.1',
    localAddress: '10.0.0.2',
    security: peer === undefined ? 'none' : 'mutual_tls',
    peer:
      peer === undefined ? undefined : { id: { trustDomain: peer.slice(0, slash), path: peer.slice(slash) } },
    serverName: undefined,
    ...parts,
  };
}

/** Fixed inputs: one draw, and bytes that count up. */
export function fixedInputs(draw = 0): Inputs {
  return { now: 0, draw: () => draw, bytes: (length) => Uint8Array.from({ length }, (_, i) => i) };
}
