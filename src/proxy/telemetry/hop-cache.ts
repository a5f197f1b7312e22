import type { CanonicalRequest } from '../../http/message.ts';
import type { Connection } from '../decide/connection.ts';
import type { PeerMetadata } from '../peer-metadata.ts';
import { type HopLabels, hopLabels, type Snapshotted } from './hop-labels.ts';
import type { ConnectionCounter, RequestCounter } from './series.ts';

/** A hop that was seen before, and its counters by what became of requests. */
export interface KnownHop {
  readonly labels: HopLabels;
  readonly requests: KnownRequests[];
  readonly connections: KnownConnections[];
}

/** A counter of a hop by the labels that change from request to request. */
export interface KnownRequests {
  readonly grpc: boolean;
  readonly status: number;
  readonly flags: string;
  readonly grpcStatus: string;
  readonly counter: RequestCounter;
}

export interface KnownConnections {
  readonly flags: string;
  readonly counter: ConnectionCounter;
}

/** What tells one hop from another. */
interface Entry {
  readonly cluster: string;
  readonly direction: string;
  readonly port: number;
  readonly serverName: string | undefined;
  readonly principal: string;
  readonly peer: PeerMetadata | undefined;
  readonly mesh: boolean;
  readonly blocked: boolean;
  readonly hop: KnownHop;
}

/** What of an outcome the labels depend on. */
export interface HopFacts {
  readonly cluster: string;
  readonly details: string;
  readonly peer: PeerMetadata | undefined;
  readonly mesh: boolean;
}

/** Hops are remembered up to this number, then anew. */
const MAX_HOPS = 1024;
/** Hosts without a service that are told apart; the others are one. */
const MAX_HOSTS = 100;

/** Finds the labels of a hop without making them again: nothing is allocated for a hop that is known. */
export class HopCache {
  readonly #meshId: string;
  /** By the cluster, or where there is none by the host. */
  readonly #entries = new Map<string, Entry[]>();
  readonly #hosts = new Set<string>();
  #size = 0;
  #active: Snapshotted;

  constructor(meshId: string) {
    this.#meshId = meshId;
  }

  /** The hop of a request or a connection; `request` is the one that was judged. */
  find(
    facts: HopFacts,
    request: CanonicalRequest | undefined,
    connection: Connection,
    active: Snapshotted,
  ): KnownHop {
    if (active !== this.#active) this.#forget(active);
    const host = connection.direction === 'outbound' ? this.#host(facts.cluster, request) : '';
    const known = this.#entries.get(host === '' ? facts.cluster : host);
    if (known !== undefined) {
      for (const entry of known) if (isOf(entry, facts, connection)) return entry.hop;
    }
    return this.#add(facts, host, request?.port ?? 80, connection);
  }

  /** Only where no cluster names a service the host must. */
  #host(cluster: string, request: CanonicalRequest | undefined): string {
    if (request === undefined || cluster.startsWith('outbound|')) return '';
    const { host } = request;
    return this.#hosts.has(host) || this.#hosts.size < MAX_HOSTS ? host : '';
  }

  #forget(active: Snapshotted): void {
    this.#active = active;
    this.#entries.clear();
    this.#size = 0;
  }

  #add(facts: HopFacts, host: string, port: number, connection: Connection): KnownHop {
    if (this.#size >= MAX_HOPS) this.#forget(this.#active);
    if (host !== '') this.#hosts.add(host);
    const hop: KnownHop = {
      labels: hopLabels({ ...facts, connection, host, port }, this.#active, this.#meshId),
      requests: [],
      connections: [],
    };
    const entry = {
      cluster: facts.cluster,
      direction: connection.direction,
      port: connection.port,
      serverName: connection.serverName,
      principal: connection.peer?.id.path ?? '',
      peer: facts.peer,
      mesh: facts.mesh,
      blocked: facts.details === BLOCKED,
      hop,
    };
    const key = host === '' ? facts.cluster : host;
    const others = this.#entries.get(key);
    if (others === undefined) this.#entries.set(key, [entry]);
    else others.push(entry);
    this.#size++;
    return hop;
  }
}

const BLOCKED = 'block_all';

function isOf(entry: Entry, { cluster, peer, mesh, details }: HopFacts, connection: Connection): boolean {
  return (
    entry.peer === peer &&
    entry.cluster === cluster &&
    entry.mesh === mesh &&
    entry.direction === connection.direction &&
    entry.port === connection.port &&
    entry.serverName === connection.serverName &&
    entry.principal === (connection.peer?.id.path ?? '') &&
    entry.blocked === (details === BLOCKED)
  );
}
