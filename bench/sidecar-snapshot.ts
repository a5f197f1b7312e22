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
export const PATH = '/api/v1/reviews/0?limit=10';
export const SERVICE = 'reviews.default.svc.cluster.local';
export const SERVICE_PORT = 9080;
/** The service account of the client of the load. */
export const CALLER = 'productpage';

/**
 * A sidecar that does a usual amount of work: outbound a route by header before one by path, inbound STRICT
 * mutual TLS and one policy by principal, method and path. Both end at the origin's port on loopback.
 */
export function sidecarSnapshot(origin: number): Snapshot {
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
      buildCluster(outbound, { discovery: { kind: 'static', endpoints } }),
      buildCluster(inbound, { discovery: { kind: 'application' } }),
    ],
  });
}
