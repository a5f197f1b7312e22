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
/** The service account of the client of the load. */
export const CALLER = 'productpage';
/** That of the server. */
export const CALLED = 'reviews';

/**
 * A sidecar that does a usual amount of work: outbound a route by header before one by path, inbound STRICT
 * mutual TLS and one policy by principal, method and path. Both end at the origin's port on loopback, or
 * outbound at a sidecar that the registry tells of.
 */
export function sidecarSnapshot(origin: number, outboundTo: 'origin' | 'mesh'): Snapshot {
  const outbound = `outbound|${SERVICE_PORT}||${SERVICE}`;
  const inbound = `inbound|${SERVICE_PORT}||`;
  const endpoints = [{ address: '127.0.0.1', port: origin, labels: [], weight: 1 }];
  const routes = [
    buildRoute('canary', forwardTo([outbound]), {
      matches: [{ headers: [{ name: 'end-user', match: exact('tester') }] }],
    }),
    buildRoute('api', forwardTo([outbound]), { matches: [{ path: prefix('/api/') }] }),
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
    ],
    outbound: [{ port: SERVICE_PORT, virtualHosts: [host] }],
    clusters: [
      buildCluster(outbound, outboundTo === 'origin' ? { discovery: { kind: 'static', endpoints } } : MESH),
      buildCluster(inbound, { discovery: { kind: 'application' } }),
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
