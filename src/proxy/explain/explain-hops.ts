import { HeaderList } from '../../http/header-list.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import { workloadId } from '../../identity/spiffe.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { targetName } from '../../snapshot/target.ts';
import { activate } from '../activate.ts';
import { applyEdits } from '../decide/apply-edits.ts';
import type { Connection } from '../decide/connection.ts';
import type { Forward, Inputs } from '../decide/decision.ts';
import { type Explanation, explain } from '../decide/explain.ts';

/** One proxy on the way of a request, and what it decided. */
export interface Hop extends Explanation {
  /** Target name of the proxy. */
  readonly proxy: string;
  readonly direction: Connection['direction'];
  readonly request: CanonicalRequest;
}

/** Explaining spends nothing and repeats itself: chance always draws the same. */
const inputs: Inputs = { now: 0, draw: () => 0.5, bytes: (length) => new Uint8Array(length) };

/** The proxy that the request meets first, and then every proxy that it may be sent to. */
export function explainHops(
  request: CanonicalRequest,
  caller: Snapshot,
  snapshots: ReadonlyMap<string, Snapshot>,
): Hop[] {
  const direction = caller.target.kind === 'gateway' ? 'gateway' : 'outbound';
  const first = explainAt(request, caller, connectionTo(direction, request));
  const { decision } = first;
  if (decision.kind !== 'forward') return [first];
  const active = activate(caller);
  const reached = [...new Set(first.destinations.map(({ cluster }) => cluster))].flatMap((name) => {
    const cluster = active.clusters.get(name);
    return cluster
      ? serversBehind(cluster, meshHop(caller, cluster), snapshots).map((server) =>
          explainServer(request, decision, cluster, caller, server),
        )
      : [];
  });
  return [first, ...reached];
}

function explainAt(request: CanonicalRequest, snapshot: Snapshot, connection: Connection): Hop {
  const explanation = explain(activate(snapshot), request, connection, inputs);
  return { ...explanation, proxy: targetName(snapshot.target), direction: connection.direction, request };
}

/** Sidecars whose workload the cluster's service and subset select, with the port that the hop arrives at. */
function serversBehind(cluster: Cluster, mesh: boolean, snapshots: ReadonlyMap<string, Snapshot>): Server[] {
  const has = (snapshot: Snapshot, [key, value]: readonly [string, string]) =>
    snapshot.target.labels.some(([k, v]) => k === key && v === value);
  return [...snapshots.values()]
    .filter((snapshot) => cluster.labels.every((label) => has(snapshot, label)))
    .flatMap((snapshot) => {
      const port = arrivalPort(snapshot, cluster, mesh);
      return port === undefined ? [] : [{ snapshot, port }];
    });
}

interface Server {
  readonly snapshot: Snapshot;
  /** The workload port. */
  readonly port: number;
}

/** Mesh TLS names the service port; plaintext can only mean the first workload port. */
function arrivalPort({ inbound }: Snapshot, cluster: Cluster, mesh: boolean): number | undefined {
  const listeners = mesh ? inbound : inbound.slice(0, 1);
  return listeners.find(({ servicePorts }) =>
    servicePorts.some(({ service, port }) => service === cluster.service && port === cluster.port),
  )?.port;
}

/** The gateway comes in plaintext, a sidecar with its SVID. */
function meshHop(caller: Snapshot, cluster: Cluster): boolean {
  return caller.target.kind === 'sidecar' && cluster.tls.mode === 'mesh';
}

/** The receiving sidecar's decision. */
function explainServer(
  request: CanonicalRequest,
  { requestEdits }: Forward,
  cluster: Cluster,
  caller: Snapshot,
  server: Server,
): Hop {
  const mesh = meshHop(caller, cluster);
  const { namespace, serviceAccount } = caller.target;
  const id = workloadId(caller.trustDomain, namespace, serviceAccount);
  const sent = applyEdits(request, requestEdits);
  const connection: Connection = {
    ...connectionTo('inbound', sent),
    port: server.port,
    security: mesh ? 'mutual_tls' : 'none',
    peer: mesh ? { id } : undefined,
    serverName: cluster.tls.mode === 'mesh' && mesh ? cluster.tls.sni : undefined,
  };
  // Fetch cannot set Host: behind the Workers gateway the sidecar sees its own address as the authority.
  const seen = mesh ? sent : { ...sent, authority: '127.0.0.1', host: '127.0.0.1', port: undefined };
  return explainAt({ ...seen, headers: HeaderList.from(seen.headers) }, server.snapshot, connection);
}

function connectionTo(direction: Connection['direction'], request: CanonicalRequest): Connection {
  const standard = request.scheme === 'https' ? 443 : 80;
  // A Worker is not told its own address, and the port that a client writes in Host is not one it came in by.
  const atEdge = direction === 'gateway';
  return {
    direction,
    port: atEdge ? standard : (request.port ?? standard),
    scheme: request.scheme,
    remoteAddress: '127.0.0.1',
    localAddress: atEdge ? '' : '127.0.0.1',
    security: 'none',
    peer: undefined,
    serverName: undefined,
  };
}
