import { outboundName } from '../src/http/outbound-name.ts';
import type { Cluster } from '../src/snapshot/cluster.ts';
import type { EndpointRecord } from '../src/snapshot/endpoint.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';
import {
  buildCluster,
  buildListener,
  buildPolicy,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  condition,
  exact,
  forwardTo,
  prefix,
} from '../test/support/snapshot.ts';

/** What the load asks for. */
export const AUTHORITY = 'reviews:9080';
export const SERVICE = 'reviews.default.svc.cluster.local';
export const SERVICE_PORT = 9080;
/** Where the same workload takes bytes that nobody reads. */
export const TCP_PORT = 9090;
/** What a call of its gRPC service asks for. */
export const GRPC_PATH = '/reviews.v1.Reviews/Get';
/** The service account of the client of the load. */
export const CALLER = 'productpage';
/** That of the server. */
export const CALLED = 'reviews';

/** Where a sidecar takes requests that go out. */
export interface Outward {
  /** A port of loopback. */
  readonly origin: number;
  /** `mesh` = to a sidecar that the registry tells of, instead of the origin. */
  readonly to: 'origin' | 'mesh';
  readonly protocol: Cluster['protocol'];
}

/**
 * A sidecar that does a usual amount of work: outbound a route by header before one by path, inbound STRICT
 * mutual TLS and one policy by principal, method and path; and a port of plaintext TCP.
 */
export function sidecarSnapshot({ origin, to, protocol }: Outward): Snapshot {
  const outbound = `outbound|${SERVICE_PORT}||${SERVICE}`;
  const [inbound, tcp] = [`inbound|${SERVICE_PORT}||`, `inbound|${TCP_PORT}||`];
  const endpoints = [{ address: '127.0.0.1', port: origin, labels: [], weight: 1 }];
  const routes = [
    buildRoute('canary', forwardTo([outbound]), {
      matches: [{ headers: [{ name: 'end-user', match: exact('tester') }] }],
    }),
    buildRoute('api', forwardTo([outbound]), {
      matches: [{ path: prefix(protocol === 'http2' ? '/reviews.v1.' : '/api/') }],
    }),
  ];
  const policy = buildPolicy('ALLOW', [
    {
      from: [[condition('source.principal', [exact(`cluster.local/ns/default/sa/${CALLER}`)])]],
      to: [[condition('request.method', [exact('GET')]), condition('request.path', [prefix('/api/')])]],
    },
  ]);
  const host = buildVirtualHost(['reviews', `reviews:${SERVICE_PORT}`, SERVICE], routes);
  return buildSnapshot({
    inbound: [
      buildListener({
        port: SERVICE_PORT,
        servicePorts: [{ service: SERVICE, port: SERVICE_PORT }],
        mtls: 'STRICT',
        policies: [policy],
        cluster: inbound,
      }),
      buildListener({ port: TCP_PORT, servicePorts: [], protocol: 'tcp', mtls: 'DISABLE', cluster: tcp }),
    ],
    outbound: [{ port: SERVICE_PORT, virtualHosts: [host] }],
    clusters: [
      buildCluster(outbound, {
        protocol,
        ...(to === 'origin' ? { discovery: { kind: 'static', endpoints } } : MESH),
      }),
      buildCluster(inbound, { discovery: { kind: 'application' } }),
      buildCluster(tcp, { discovery: { kind: 'application' } }),
    ],
  });
}

const MESH: Partial<Cluster> = {
  tls: {
    mode: 'mesh',
    sni: outboundName(SERVICE_PORT, '', SERVICE),
    sans: [`spiffe://cluster.local/ns/default/sa/${CALLED}`],
    required: true,
  },
};

/** What the registry says of the service: one instance behind a sidecar on loopback. */
export function meshRecord(port: number): EndpointRecord {
  const endpoint = {
    instance: 'reviews-1',
    address: '127.0.0.1',
    ports: [[SERVICE_PORT, port]] as const,
    workload: CALLED,
    namespace: 'default',
    labels: [],
    mesh: true,
    weight: 1,
  };
  return { format: 1, service: SERVICE, sequence: 1, endpoints: [endpoint] };
}
