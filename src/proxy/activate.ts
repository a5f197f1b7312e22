import type { CanonicalRequest } from '../http/message.ts';
import type { Cluster } from '../snapshot/cluster.ts';
import type { Policy } from '../snapshot/policy.ts';
import type { ShardMap } from '../snapshot/shard-index.ts';
import type { GatewayListener, InboundListener, Snapshot } from '../snapshot/snapshot.ts';
import { chainByGateway } from './decide/attached-policies.ts';
import { compileAuthorization } from './decide/authorise.ts';
import type { Terminal } from './decide/chain.ts';
import { gatewayChain, inboundChain, outboundChain } from './decide/chains.ts';
import { type CompiledRoute, compileRoute } from './decide/compiled-route.ts';
import type { Connection } from './decide/connection.ts';
import { connectionPolicies, noRequest } from './decide/connection-policies.ts';
import type { Ask, Decision, Inputs } from './decide/decision.ts';
import type { Arrival } from './decide/evidence.ts';
import { selfId } from './decide/forwarded-client-cert.ts';
import { compileGatewayPorts, type GatewayPorts } from './decide/gateway-ports.ts';
import { type InterceptedRoutes, interceptedRoutes } from './decide/intercepted-route.ts';
import { compileLimits } from './decide/limit-rate.ts';
import { localReply } from './decide/reply.ts';
import type { OutboundRoutes } from './decide/route.ts';
import { compileRouteTable, type RouteTable } from './decide/route-table.ts';
import { ShardedHosts } from './decide/sharded-hosts.ts';
import type { Trace } from './decide/trace.ts';
import { compileTunnels, type DecideTunnel } from './decide/tunnel-route.ts';
import { passthroughListeners, UNDECLARED } from './inbound-passthrough.ts';
import { MetadataExchange } from './metadata-exchange.ts';
import { formatPeerMetadata, targetMetadata } from './peer-metadata.ts';

/** How a proxy runs a snapshot. */
export interface ActivateOptions {
  /** A gateway that opens its ports itself decides by the server of each; without, by all HTTP servers in one. */
  readonly gatewayPorts?: boolean;
  /** Where the virtual hosts of a sharded gateway are, of which the snapshot is the root. */
  readonly shards?: ShardMap | undefined;
  /** The snapshot before: what it has loaded and the new one still names is taken over. */
  readonly earlier?: ActiveSnapshot | undefined;
}

/** A snapshot made ready to decide with: chains, route tables and policies are built once. */
export interface ActiveSnapshot {
  readonly snapshot: Snapshot;
  /** Of a sharded gateway. */
  readonly shards: ShardedHosts | undefined;
  /**
   * By name; of a sharded gateway those of what is loaded. A sidecar that passes undeclared hosts through also has
   * `PassthroughCluster`.
   */
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** The listener of a workload port, or what holds for ports that nobody declared. */
  inbound(port: number): InboundListener | undefined;
  /** The listener behind a service port, as a mesh client names it in its SNI. */
  inboundByService(service: string, port: number): InboundListener | undefined;
  /** Of a gateway that opens its ports itself. */
  readonly gatewayPorts: GatewayPorts | undefined;
  /** What this workload tells its mesh peers, and reads of them. */
  readonly metadata: MetadataExchange;
  decide(request: CanonicalRequest, connection: Connection, inputs: Inputs, trace?: Trace): Decision;
  /** Decides on a connection whose bytes are passed on unread: forward, or a reply that closes it. */
  decideConnection(connection: Connection, inputs: Inputs, trace?: Trace): Decision;
  /** Decides where a CONNECT of a sidecar's application leads. */
  readonly decideTunnel: DecideTunnel;
  /** What a sidecar's application means by the addresses that it connects to. */
  readonly intercepted: InterceptedRoutes;
}

/** The cluster of hosts that nobody declared, under outboundTrafficPolicy ALLOW_ANY. */
export const passthroughCluster = 'PassthroughCluster';

/** Compiles a snapshot. Throws RegexError and CidrError: such a snapshot must not be swapped in. */
export function activate(snapshot: Snapshot, options: ActivateOptions = {}): ActiveSnapshot {
  const own = indexClusters(snapshot);
  const shards = options.shards && new ShardedHosts(options.shards, own, options.earlier?.shards);
  const clusters = shards?.clusters ?? own;
  const { gateway, trustDomain } = snapshot;
  const gatewayPorts =
    gateway && options.gatewayPorts ? compileGatewayPorts(gateway, clusters, trustDomain, shards) : undefined;
  const byPort = new Map(allInbound(snapshot).map((listener) => [listener.port, listener]));
  const byService = indexServices(snapshot.inbound);
  const decideTunnel = compileDecideTunnel(snapshot, clusters);
  const intercepted = interceptedRoutes(snapshot, clusters, decideTunnel);
  return {
    snapshot,
    shards,
    clusters,
    metadata: new MetadataExchange(formatPeerMetadata(targetMetadata(snapshot.target))),
    inbound: (port) => byPort.get(port) ?? byPort.get(UNDECLARED),
    inboundByService: (service, port) => byService.get(`${service}:${port}`),
    gatewayPorts,
    decide: compileDecide(snapshot, clusters, gatewayPorts, shards, intercepted),
    decideConnection: compileDecideConnection(snapshot, gatewayPorts, intercepted),
    decideTunnel,
    intercepted,
  };
}

/** Decides with the snapshot in force; without one it asks for it. */
export function decide(
  request: CanonicalRequest,
  connection: Connection,
  active: ActiveSnapshot | undefined,
  inputs: Inputs,
  trace?: Trace,
): Decision {
  return active === undefined ? askSnapshot : active.decide(request, connection, inputs, trace);
}

const askSnapshot: Ask = { kind: 'ask', need: 'snapshot' };
const noListener = localReply(0, 'NR', 'filter_chain_not_found');

function compileDecide(
  snapshot: Snapshot,
  clusters: ReadonlyMap<string, Cluster>,
  gatewayPorts: GatewayPorts | undefined,
  shards: ShardedHosts | undefined,
  intercepted: InterceptedRoutes,
): ActiveSnapshot['decide'] {
  const { inbound, outbound, gateway } = compileChains(snapshot, clusters, shards, intercepted);
  const chainOf = (connection: Connection, host: string) => {
    if (connection.direction === 'inbound') return inbound.get(connection.port) ?? inbound.get(UNDECLARED);
    if (connection.direction === 'outbound') return outbound;
    return gatewayPorts === undefined ? gateway : gatewayPorts.http(connection, host);
  };
  return (request, connection, inputs, trace) => {
    const chain = chainOf(connection, request.host);
    if (chain !== undefined) return chain({ request, connection }, { inputs, trace });
    trace?.add({
      step: 'accept',
      verdict: 'deny',
      text: `no ${connection.direction} listener on ${connection.port}`,
    });
    return noListener;
  };
}

/** Any listener can have such connections: TCP ports, and TLS that is the application's own. */
function compileDecideConnection(
  snapshot: Snapshot,
  gatewayPorts: GatewayPorts | undefined,
  intercepted: InterceptedRoutes,
): ActiveSnapshot['decideConnection'] {
  const chains = compileInbound(snapshot, connectionPolicies, false);
  return (connection, inputs, trace) => {
    const { direction, port } = connection;
    if (direction === 'outbound') return intercepted.decide(connection, trace);
    const ofGateway = direction === 'gateway' ? gatewayPorts?.tcp(connection) : undefined;
    const chain = direction === 'inbound' ? (chains.get(port) ?? chains.get(UNDECLARED)) : ofGateway;
    if (chain === undefined) return noListener;
    const decision = chain({ request: noRequest, connection }, { inputs, trace });
    return decision.kind === 'reply' ? localReply(0, decision.flag, decision.details) : decision;
  };
}

/** Only a sidecar's application may ask for tunnels. */
function compileDecideTunnel(snapshot: Snapshot, clusters: ReadonlyMap<string, Cluster>): DecideTunnel {
  if (snapshot.target.kind !== 'sidecar') return () => noListener;
  const undeclared = snapshot.outboundTrafficPolicy === 'ALLOW_ANY' ? passthroughCluster : undefined;
  return compileTunnels(clusters, snapshot.target, undeclared);
}

interface Chains {
  readonly inbound: ReadonlyMap<number, Terminal<Arrival>>;
  readonly outbound: Terminal<Arrival> | undefined;
  readonly gateway: Terminal<Arrival> | undefined;
}

/** A target has only the chains of its kind, so that no listener can borrow another's. */
function compileChains(
  snapshot: Snapshot,
  clusters: ReadonlyMap<string, Cluster>,
  shards: ShardedHosts | undefined,
  intercepted: InterceptedRoutes,
): Chains {
  const { trustDomain, gateway } = snapshot;
  return {
    inbound: compileInbound(snapshot, (policies) => policies, true),
    outbound:
      snapshot.target.kind === 'sidecar'
        ? outboundChain(outboundRoutes(snapshot, clusters, intercepted))
        : undefined,
    gateway:
      gateway &&
      gatewayTerminal(
        gateway,
        shards?.table(0) ?? compileRouteTable(gateway.virtualHosts, clusters),
        trustDomain,
      ),
  };
}

function gatewayTerminal(
  gateway: GatewayListener,
  routes: RouteTable,
  trustDomain: string,
): Terminal<Arrival> {
  const { trustedProxies } = gateway;
  return chainByGateway(gateway, (policies, jwtRules, limits) => {
    const own = compileAuthorization(policies, trustDomain, trustedProxies);
    const counted = compileLimits(limits, { trustDomain, trustedProxies: trustedProxies ?? 0 });
    return gatewayChain(jwtRules, own, routes, trustedProxies, counted);
  });
}

function allInbound(snapshot: Snapshot): readonly InboundListener[] {
  return [...snapshot.inbound, ...passthroughListeners(snapshot)];
}

function compileInbound(
  snapshot: Snapshot,
  inForce: (policies: readonly Policy[]) => readonly Policy[],
  counts: boolean,
): ReadonlyMap<number, Terminal<Arrival>> {
  const { trustDomain, target } = snapshot;
  const self = selfId(trustDomain, target);
  return new Map(
    allInbound(snapshot).map((listener) => {
      const policies = compileAuthorization(inForce(listener.policies), trustDomain);
      const limits = compileLimits(counts ? listener.limits : [], { trustDomain, trustedProxies: 0 });
      return [listener.port, inboundChain(listener, policies, self, limits)];
    }),
  );
}

function outboundRoutes(
  snapshot: Snapshot,
  clusters: ReadonlyMap<string, Cluster>,
  { service }: InterceptedRoutes,
): OutboundRoutes {
  return {
    service,
    ports: new Map(
      snapshot.outbound.map(({ port, virtualHosts }) => [port, compileRouteTable(virtualHosts, clusters)]),
    ),
    undeclared: snapshot.outboundTrafficPolicy === 'ALLOW_ANY' ? passthroughRoute(clusters) : undefined,
  };
}

function passthroughRoute(clusters: ReadonlyMap<string, Cluster>): CompiledRoute {
  const destinations = [{ cluster: passthroughCluster, weight: 1 }];
  return compileRoute(
    { name: '', source: '', matches: [], action: { kind: 'forward', destinations } },
    clusters,
  );
}

function indexClusters(snapshot: Snapshot): ReadonlyMap<string, Cluster> {
  const clusters = new Map(snapshot.clusters.map((cluster) => [cluster.name, cluster]));
  const passes = snapshot.target.kind === 'sidecar' && snapshot.outboundTrafficPolicy === 'ALLOW_ANY';
  if (passes && !clusters.has(passthroughCluster)) clusters.set(passthroughCluster, passthrough);
  return clusters;
}

const passthrough: Cluster = {
  name: passthroughCluster,
  service: '',
  port: 0,
  subset: '',
  labels: [],
  balancer: 'RANDOM',
  tls: { mode: 'none' },
  protocol: 'http1',
  connectTimeoutMs: 10_000,
  discovery: { kind: 'original' },
};

function indexServices(listeners: readonly InboundListener[]): ReadonlyMap<string, InboundListener> {
  const index = new Map<string, InboundListener>();
  for (const listener of listeners) {
    for (const { service, port } of listener.servicePorts) index.set(`${service}:${port}`, listener);
  }
  return index;
}
