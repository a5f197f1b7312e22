import { HeaderList } from '../../http/header-list.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { Claims } from '../../identity/jwt/token-verdict.ts';
import { type SpiffeId, workloadId } from '../../identity/spiffe.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { type ActiveSnapshot, activate } from '../activate.ts';
import type { Answers } from '../decide/answers.ts';
import { applyEdits } from '../decide/apply-edits.ts';
import type { Connection } from '../decide/connection.ts';
import type { Edit } from '../decide/decision.ts';
import { type AssumedAuthorizer, assumedAnswers } from './assumed-answers.ts';

/** What runs the gateway: the Worker ends no TLS and signs what it sends, the self-hosted one opens ports and speaks mTLS. */
export type GatewayKind = 'workerd' | 'sockets';

/** What is assumed of a mesh and of whoever sends the request. */
export interface Assumptions {
  /** `workerd` unless it says so. */
  readonly gateway?: GatewayKind;
  /** Whom the certificate of the caller names, in place of the caller's own account. */
  readonly principal?: SpiffeId;
  /** IP address of the client; 127.0.0.1 unless it says so. */
  readonly remoteAddress?: string;
  /** What tokens say, taken as given. */
  readonly claims?: Claims;
  /** `allow` unless it says so. */
  readonly authorizer?: AssumedAuthorizer;
}

/** A proxy that a request comes to, and the request as it comes there. */
export interface Stop {
  readonly active: ActiveSnapshot;
  readonly request: CanonicalRequest;
  readonly connection: Connection;
  readonly answers: Answers;
}

/** Ways of requests through the proxies of a mesh. Snapshots are activated once. */
export class MeshPath {
  readonly #snapshots: readonly Snapshot[];
  readonly #active = new Map<Snapshot, ActiveSnapshot>();
  readonly #servers = new Map<string, readonly Server[]>();
  /** What runs its gateways. */
  readonly gateway: GatewayKind;

  constructor(snapshots: Iterable<Snapshot>, gateway: GatewayKind = 'workerd') {
    this.#snapshots = [...snapshots];
    this.gateway = gateway;
  }

  /** Throws RegexError and CidrError. */
  active(snapshot: Snapshot): ActiveSnapshot {
    const known = this.#active.get(snapshot);
    if (known !== undefined) return known;
    const active = activate(snapshot, { gatewayPorts: this.gateway === 'sockets' });
    this.#active.set(snapshot, active);
    return active;
  }

  /** The proxy that the request of a client, or of a sidecar's application, meets first. */
  entrance(request: CanonicalRequest, caller: Snapshot, assumed: Assumptions = {}): Stop {
    const active = this.active(caller);
    const answers = assumedAnswers(assumed.claims, assumed.authorizer);
    if (caller.target.kind !== 'gateway')
      return { active, request, answers, connection: connectionTo('outbound', request, assumed) };
    const { principal } = assumed;
    const proven = principal && { security: 'mutual_tls' as const, peer: { id: principal } };
    const secure = this.gateway === 'sockets' && request.scheme === 'https';
    const serverName = secure ? { serverName: request.host } : {};
    const port = this.gateway === 'sockets' && request.port !== undefined ? { port: request.port } : {};
    const connection = {
      ...connectionTo('gateway', request, assumed),
      ...port,
      ...proven,
      ...serverName,
    };
    return { active, request, connection, answers };
  }

  /** Where a request goes from a stop once it is sent on to a cluster: the sidecars behind the cluster. */
  arrivals(from: Stop, edits: readonly Edit[], clusterName: string, assumed: Assumptions = {}): Stop[] {
    const cluster = from.active.clusters.get(clusterName);
    if (cluster === undefined) return [];
    const caller = from.active.snapshot;
    const mesh = cluster.tls.mode === 'mesh';
    const signed = caller.target.kind === 'gateway' && this.gateway === 'workerd';
    const servers = this.#serversOf(cluster, mesh);
    if (servers.length === 0) return [];
    const sent = applyEdits(from.request, edits);
    const { namespace, serviceAccount } = caller.target;
    const own = workloadId(caller.trustDomain, namespace, serviceAccount);
    const id = caller.target.kind === 'sidecar' ? (assumed.principal ?? own) : own;
    // Fetch cannot set Host: a server that takes no signed requests sees its own address as the authority.
    const seen =
      mesh || !signed ? sent : { ...sent, authority: '127.0.0.1', host: '127.0.0.1', port: undefined };
    return servers.map(({ snapshot, port }) =>
      this.#arrival(
        snapshot,
        { ...seen, headers: HeaderList.from(seen.headers) },
        mesh ? id : undefined,
        {
          port,
          serverName: cluster.tls.mode === 'mesh' ? cluster.tls.sni : undefined,
        },
        from.answers,
        { signed },
      ),
    );
  }

  /** The sidecar of a workload, with a request that comes to it straight from a peer, or from nobody who proves it. */
  arrival(
    request: CanonicalRequest,
    server: Snapshot,
    port: number | undefined,
    assumed: Assumptions = {},
  ): Stop {
    const listener = server.inbound.find((one) => port === undefined || serves(one, port));
    const stop = { port: listener?.port ?? port ?? 0, serverName: undefined };
    const answers = assumedAnswers(assumed.claims, assumed.authorizer);
    return this.#arrival(server, request, assumed.principal, stop, answers, assumed);
  }

  #arrival(
    server: Snapshot,
    request: CanonicalRequest,
    peer: SpiffeId | undefined,
    { port, serverName }: Pick<Connection, 'port' | 'serverName'>,
    answers: Answers,
    assumed: Assumptions & { readonly signed?: boolean } = {},
  ): Stop {
    const connection: Connection = {
      ...connectionTo('inbound', request, assumed),
      port,
      security: proofOf(peer, assumed.signed),
      peer: peer && { id: peer },
      serverName,
    };
    return { active: this.active(server), request, connection, answers };
  }

  #serversOf(cluster: Cluster, mesh: boolean): readonly Server[] {
    const key = JSON.stringify([cluster.service, cluster.port, cluster.labels, mesh]);
    const known = this.#servers.get(key);
    if (known !== undefined) return known;
    const servers = serversBehind(cluster, mesh, this.#snapshots);
    this.#servers.set(key, servers);
    return servers;
  }
}

/** The Worker signs, a sidecar and the self-hosted gateway have an SVID. */
function proofOf(peer: SpiffeId | undefined, signed = false): Connection['security'] {
  if (peer === undefined) return 'none';
  return signed ? 'signed_request' : 'mutual_tls';
}

interface Server {
  readonly snapshot: Snapshot;
  /** The workload port. */
  readonly port: number;
}

/** Sidecars whose workload the cluster's service and subset select, with the port that the hop arrives at. */
function serversBehind(cluster: Cluster, mesh: boolean, snapshots: readonly Snapshot[]): Server[] {
  const has = (snapshot: Snapshot, [key, value]: readonly [string, string]) =>
    snapshot.target.labels.some(([k, v]) => k === key && v === value);
  return snapshots
    .filter((snapshot) => cluster.labels.every((label) => has(snapshot, label)))
    .flatMap((snapshot) => {
      const port = arrivalPort(snapshot, cluster, mesh);
      return port === undefined ? [] : [{ snapshot, port }];
    });
}

/** Mesh TLS names the service port; plaintext can only mean the first workload port. */
function arrivalPort({ inbound }: Snapshot, cluster: Cluster, mesh: boolean): number | undefined {
  const listeners = mesh ? inbound : inbound.slice(0, 1);
  return listeners.find(({ servicePorts }) =>
    servicePorts.some(({ service, port }) => service === cluster.service && port === cluster.port),
  )?.port;
}

/** By the workload port, or by a service port that leads there. */
function serves(listener: Snapshot['inbound'][number], port: number): boolean {
  return listener.port === port || listener.servicePorts.some((one) => one.port === port);
}

function connectionTo(
  direction: Connection['direction'],
  request: CanonicalRequest,
  { remoteAddress = '127.0.0.1' }: Assumptions,
): Connection {
  const standard = request.scheme === 'https' ? 443 : 80;
  // A Worker is not told its own address, and the port that a client writes in Host is not one it came in by.
  const atEdge = direction === 'gateway';
  return {
    direction,
    port: atEdge ? standard : (request.port ?? standard),
    scheme: request.scheme,
    remoteAddress,
    localAddress: atEdge ? '' : '127.0.0.1',
    security: 'none',
    peer: undefined,
    serverName: undefined,
  };
}
