import type { RetryPolicy } from '../../src/snapshot/route.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import {
  buildCluster,
  buildListener,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  forwardTo,
} from './snapshot.ts';
import { SERVER_NAME } from './socket-mesh.ts';

export const SERVICE = 'reviews.default.svc.cluster.local';
export const SERVICE_PORT = 9080;
export const OUTBOUND = `outbound|${SERVICE_PORT}||${SERVICE}`;

/** What Istio retries where nobody says otherwise (mesh defaultHttpRetryPolicy). */
const RETRY: RetryPolicy = {
  attempts: 2,
  on: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'],
  statuses: [],
  backoffMs: 25,
};

/** A sidecar that takes any host to the service, whose endpoints come from the registry. */
export function callerSnapshot(mesh: boolean): Snapshot {
  const sans = ['spiffe://cluster.local/ns/default/sa/reviews'];
  const tls = mesh
    ? ({ mode: 'mesh', sni: SERVER_NAME, sans, required: false } as const)
    : ({ mode: 'none' } as const);
  const route = buildRoute('all', forwardTo([OUTBOUND], { retry: RETRY }));
  const virtualHosts = [buildVirtualHost(['*'], [route])];
  return buildSnapshot({
    // An authority without a port means 80.
    outbound: [80, SERVICE_PORT].map((port) => ({ port, virtualHosts })),
    clusters: [buildCluster(OUTBOUND, { tls, discovery: { kind: 'registry' } })],
  });
}

/** The sidecar of the service: mutual TLS and plaintext, everything to the application. */
export function serviceSnapshot(): Snapshot {
  const cluster = `inbound|${SERVICE_PORT}||`;
  const servicePorts = [{ service: SERVICE, port: SERVICE_PORT }];
  return buildSnapshot({
    inbound: [buildListener({ port: SERVICE_PORT, servicePorts, cluster })],
    clusters: [buildCluster(cluster, { port: SERVICE_PORT, discovery: { kind: 'application' } })],
  });
}
