import type { SpiffeId } from '../../identity/spiffe.ts';
import type { ActiveSnapshot } from '../activate.ts';
import type { Connection } from '../decide/connection.ts';
import { selfId } from '../decide/forwarded-client-cert.ts';
import { type PeerMetadata, targetMetadata } from '../peer-metadata.ts';
import { type Labels, UNKNOWN } from './labels.ts';
import {
  hostLabels,
  type NoService,
  type ServiceLabels,
  serviceLabels,
  serviceOfCluster,
  serviceOfHost,
  serviceOfPort,
} from './service-labels.ts';
import { destinationLabels, sourceLabels } from './workload-labels.ts';

/** What the labels of a hop are made of, besides what became of the request. */
export interface Hop {
  readonly connection: Connection;
  /** Cluster name, or empty. */
  readonly cluster: string;
  /** Host that was asked for without its port, and the port; empty and 0 where nobody tells. */
  readonly host: string;
  readonly port: number;
  /** The workload at the other end. */
  readonly peer: PeerMetadata | undefined;
  /** Whether an outbound hop was mesh TLS. */
  readonly mesh: boolean;
  /** Envoy's response code details. */
  readonly details: string;
}

/** The labels that stay the same for every request of a hop. */
export type HopLabels = Omit<
  Labels,
  'request_protocol' | 'response_code' | 'grpc_response_status' | 'response_flags'
>;

/** Istio's labels of a hop as this proxy sees it; `meshId` stands for Istio's cluster. */
export function hopLabels(hop: Hop, active: Snapshotted, meshId: string): HopLabels {
  return hop.connection.direction === 'inbound'
    ? serverLabels(hop, active, meshId)
    : clientLabels(hop, active, meshId);
}

/** The part of a snapshot in force that labels come from. */
export type Snapshotted = Pick<ActiveSnapshot, 'snapshot' | 'clusters'> | undefined;

function serverLabels({ connection, peer }: Hop, active: Snapshotted, cluster: string): HopLabels {
  const { security, port, serverName } = connection;
  const proven = security === 'none' ? undefined : connection.peer;
  const source = { workload: peer, principal: proven === undefined ? '' : idText(proven.id), cluster };
  const principal = active && proven ? selfId(active.snapshot.trustDomain, active.snapshot.target) : '';
  const service = active === undefined ? '' : serviceOfPort(active.snapshot, port, serverName);
  return {
    reporter: 'destination',
    ...sourceLabels(source),
    ...destinationLabels({ workload: selfOf(active), principal, cluster }),
    ...(service === '' ? hostLabels(UNKNOWN, UNKNOWN) : serviceLabels(service)),
    connection_security_policy: security,
  };
}

function clientLabels(hop: Hop, active: Snapshotted, cluster: string): HopLabels {
  const { peer, mesh } = hop;
  const tls = mesh ? active?.clusters.get(hop.cluster)?.tls : undefined;
  const sans = tls?.mode === 'mesh' ? tls.sans : [];
  const self = active && mesh ? selfId(active.snapshot.trustDomain, active.snapshot.target) : '';
  // Which of several the server proved is not told; of one there is no doubt.
  const principal = sans.length === 1 ? (sans[0] ?? '') : '';
  return {
    reporter: 'source',
    ...sourceLabels({ workload: selfOf(active), principal: self, cluster }),
    ...destinationLabels({ workload: peer, principal, cluster }),
    ...askedService(hop, active),
    // As Istio: only the server's side can tell.
    connection_security_policy: UNKNOWN,
  };
}

function askedService({ connection, cluster, host, port, details }: Hop, active: Snapshotted): ServiceLabels {
  const known = serviceOfCluster(cluster) || (host && active && serviceOfHost(active.snapshot, host, port));
  if (known) return serviceLabels(known);
  // A client from outside may ask for any host: a gateway names none that it does not serve.
  if (connection.direction === 'gateway' || host === '') return hostLabels(UNKNOWN, UNKNOWN);
  const name: NoService = cluster === 'PassthroughCluster' ? cluster : blackHole(details);
  return hostLabels(host, name);
}

function blackHole(details: string): NoService {
  return details === 'block_all' ? 'BlackHoleCluster' : UNKNOWN;
}

function selfOf(active: Snapshotted): PeerMetadata | undefined {
  return active && targetMetadata(active.snapshot.target);
}

function idText({ trustDomain, path }: SpiffeId): string {
  return `spiffe://${trustDomain}${path}`;
}
