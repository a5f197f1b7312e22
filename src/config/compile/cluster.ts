import type { Cluster, Discovery } from '../../snapshot/cluster.ts';
import type { TcpRoute } from '../../snapshot/gateway-server.ts';
import type { Policy } from '../../snapshot/policy.ts';
import type { Route, VirtualHost } from '../../snapshot/route.ts';
import type { InboundListener } from '../../snapshot/snapshot.ts';
import { circuitLimits } from './circuit-limits.ts';
import { inboundClusterName, outboundClusterName, parseClusterName } from './cluster-name.ts';
import { clusterTls } from './cluster-tls.ts';
import { type DestinationPolicy, destinationPolicy } from './destination-rule.ts';
import { discovery } from './discovery.ts';
import { backendTls } from './gateway-api/backend-tls.ts';
import { labelPairs } from './labels.ts';
import { mayDialAsAsked } from './original-discovery.ts';
import { outlierDetection } from './outlier-detection.ts';
import type { Scope } from './scope.ts';
import { servicesOf } from './selecting-services.ts';
import { type RegistryPort, type RegistryService, servicePort } from './service-registry.ts';
import { sidecarOf } from './sidecar-resource.ts';
import type { Subset } from './spec-parts.ts';
import { type PolicyBlocks, policyBlocks } from './traffic-policy.ts';
import { visibleService, visibleServices } from './visible-services.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** The cluster of the application behind a workload port; of services that disagree the oldest counts. */
export function inboundCluster({ port, servicePorts }: InboundListener, scope: Scope): Cluster {
  const { registry, target } = scope;
  const behind = servicesOf(target, registry).flatMap(({ host, ports }) =>
    ports.filter(({ number }) => servicePorts.some((one) => one.service === host && one.port === number)),
  );
  return {
    name: inboundClusterName(port),
    service: '',
    port,
    subset: '',
    labels: [],
    balancer: 'LEAST_REQUEST',
    tls: { mode: 'none' },
    protocol: behind[0]?.httpVersion ?? 'http1',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    discovery: applicationEndpoint(port, scope),
  };
}

/** Sidecar ingress[].defaultEndpoint, where it names another place than the workload's own port on loopback. */
function applicationEndpoint(port: number, scope: Scope): Discovery {
  const listener = sidecarOf(scope)?.spec.ingress.find((one) => one.port.number === port);
  const [, host = '', number] =
    /^(?:\[?([\d.:a-fA-F]*)\]?):(\d+)$/.exec(listener?.defaultEndpoint ?? '') ?? [];
  if (number === undefined || (Number(number) === port && host !== '::1')) return { kind: 'application' };
  const address = host === '::1' ? '::1' : '127.0.0.1';
  return { kind: 'static', endpoints: [{ address, port: Number(number), labels: [], weight: 1 }] };
}

/**
 * The clusters that routes and policies name and, for sidecars, those of every port in reach, sorted by name.
 * Names without a cluster behind them are left out (503 NC).
 */
export function outboundClusters(
  virtualHosts: readonly VirtualHost[],
  tcpRoutes: readonly TcpRoute[],
  policies: readonly Policy[],
  scope: Scope,
): Cluster[] {
  const reachable = scope.target.kind === 'sidecar' ? visibleServices(scope).flatMap(ownClusterNames) : [];
  const names = new Set([
    ...virtualHosts.flatMap(({ routes }) => routes.flatMap(clusterNames)),
    ...tcpRoutes.flatMap(({ destinations }) => destinations.map(({ cluster }) => cluster)),
    ...policies.flatMap(({ authorizer }) => authorizer?.cluster ?? []),
    ...reachable,
  ]);
  return [...names].sort().flatMap((name) => outboundCluster(name, scope) ?? []);
}

function clusterNames({ action }: Route): string[] {
  if (action.kind !== 'forward') return [];
  return [...action.destinations, ...(action.mirrors ?? [])].map(({ cluster }) => cluster);
}

function ownClusterNames(service: RegistryService): string[] {
  return service.ports.map(({ number }) => outboundClusterName(number, '', service.host));
}

function outboundCluster(name: string, scope: Scope): Cluster | undefined {
  const parts = parseClusterName(name);
  const service = parts && visibleService(parts.host, scope);
  const port = service && servicePort(service, parts.port);
  if (!port) return undefined;
  const policy = destinationPolicy(service, scope);
  const subset = policy?.subsets.find((entry) => entry.name === parts.subset);
  if (parts.subset && !subset) return undefined;
  return build(service, port, subset, policy, scope);
}

function build(
  service: RegistryService,
  port: RegistryPort,
  subset: Subset | undefined,
  policy: DestinationPolicy | undefined,
  scope: Scope,
): Cluster | undefined {
  const blocks = policyBlocks(policy, port.number, subset);
  const tls = backendTls(service, port, scope) ?? clusterTls(service, port, subset, blocks.tls, scope);
  if (!tls || tls === 'refused') return undefined;
  const passes = blocks.loadBalancer?.simple === 'PASSTHROUGH';
  const found: Discovery = passes ? { kind: 'original' } : discovery(service, port, scope.resources);
  const asked = found.kind === 'original';
  if (asked && !mayDialAsAsked(service, port, tls, passes ? policy : undefined, scope)) return undefined;
  const circuit = circuitLimits(blocks.connectionPool);
  const outlier = outlierDetection(blocks.outlierDetection);
  return {
    name: outboundClusterName(port.number, subset?.name ?? '', service.host),
    service: service.host,
    port: port.number,
    subset: subset?.name ?? '',
    labels: labelPairs(subset?.labels),
    balancer: balancer(blocks.loadBalancer),
    tls,
    protocol: port.httpVersion,
    connectTimeoutMs: blocks.connectionPool?.tcp?.connectTimeout ?? CONNECT_TIMEOUT_MS,
    discovery: found,
    ...(circuit && { circuit }),
    ...(outlier && { outlier }),
  };
}

function balancer(spec: PolicyBlocks['loadBalancer']): Cluster['balancer'] {
  const simple = spec?.simple;
  return simple === 'ROUND_ROBIN' || simple === 'RANDOM' ? simple : 'LEAST_REQUEST';
}
