import { parseAuthority } from '../../http/authority.ts';
import type { Cluster, StaticEndpoint } from '../../snapshot/cluster.ts';
import type { Endpoint, EndpointRecord } from '../../snapshot/endpoint.ts';
import type { OriginalDestination } from '../decide/connection.ts';
import { type PeerMetadata, targetMetadata } from '../peer-metadata.ts';
import { type ClusterState, ClusterStates } from './cluster-states.ts';

/** An endpoint a cluster may be sent to now. */
export interface Candidate {
  /** IP address or name to dial; IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  /** Whether a sidecar answers there with mesh TLS. */
  readonly mesh: boolean;
  /** Empty outside the registry. */
  readonly instance: string;
  /** Empty outside the registry. */
  readonly workload: string;
  /** The same workload with its labels; absent outside the registry. */
  readonly metadata?: PeerMetadata;
  /** Above 0. */
  readonly weight: number;
  /** Shared by every cluster that reaches this endpoint. */
  readonly load: Load;
}

/** Requests in flight to one endpoint. */
export interface Load {
  active: number;
}

/** The candidates of a cluster and what is remembered of them. */
export interface CandidatePool {
  readonly candidates: readonly Candidate[];
  /** Whether every weight is the same. */
  readonly even: boolean;
  /** Round-robin position. */
  cursor: number;
  /** Smooth weighted round-robin credit per candidate. */
  readonly credit: number[];
  readonly circuit?: ClusterState['circuit'];
  readonly outlier?: ClusterState['outlier'];
  readonly copies?: ClusterState['copies'];
  /** Those that are not ejected, for one version of the outlier detector. */
  rest?: { readonly version: number; readonly pool: CandidatePool };
}

interface Resolved {
  readonly cluster: Cluster;
  readonly record: EndpointRecord | undefined;
  readonly pool: CandidatePool;
}

type Labels = readonly (readonly [string, string])[];

const LOOPBACK = '127.0.0.1';

/** Which endpoints exist; resolutions are cached until the cluster or its record changes. */
export class EndpointTable {
  readonly #records = new Map<string, EndpointRecord>();
  readonly #resolved = new Map<string, Resolved>();
  readonly #loads = new Map<string, Map<string, Load>>();
  readonly #applications = new Map<number, { address: string; port: number }>();
  readonly #states = new ClusterStates();
  readonly #plaintext: boolean;
  readonly #edge: boolean;

  /**
   * `plaintext`: for a transport that never speaks mesh TLS, whatever the cluster asks for. `edge`: and that signs
   * requests instead, where a sidecar takes them.
   */
  constructor({ plaintext = false, edge = false }: Partial<Record<'plaintext' | 'edge', boolean>> = {}) {
    this.#plaintext = plaintext;
    this.#edge = edge;
  }

  /** Takes a record over; false when it is not newer than the one here. */
  update(record: EndpointRecord): boolean {
    const known = this.#records.get(record.service);
    if (known !== undefined && known.sequence >= record.sequence) return false;
    this.#records.set(record.service, record);
    this.#forgetLoads(record);
    return true;
  }

  /** Says where the application of a workload port listens (by default loopback, same port). */
  setApplication(port: number, address: string, applicationPort: number): void {
    this.#applications.set(port, { address, port: applicationPort });
    this.#resolved.clear();
  }

  /** Forgets resolutions of clusters that a new snapshot no longer has. */
  retain(clusters: ReadonlyMap<string, Cluster>): void {
    for (const name of this.#resolved.keys()) if (!clusters.has(name)) this.#resolved.delete(name);
    this.#states.retain(clusters);
  }

  /**
   * The cluster's endpoints. `authority` serves clusters that dial what was asked for; where a connection was
   * intercepted, that is where it was going.
   */
  resolve(cluster: Cluster, authority: string, to?: OriginalDestination): CandidatePool {
    if (cluster.discovery.kind === 'original') {
      const asked = to === undefined ? original(cluster, authority) : intercepted(cluster, to);
      return pool(asked, undefined, this.#states.of(cluster));
    }
    const record = cluster.discovery.kind === 'registry' ? this.#records.get(cluster.service) : undefined;
    const known = this.#resolved.get(cluster.name);
    if (known !== undefined && known.cluster === cluster && known.record === record) return known.pool;
    const state = this.#states.of(cluster);
    const fresh = pool(this.#candidates(cluster, record), known?.pool, state);
    state.outlier?.setMembers(fresh.candidates.map(({ load }) => load));
    this.#resolved.set(cluster.name, { cluster, record, pool: fresh });
    return fresh;
  }

  #candidates(cluster: Cluster, record: EndpointRecord | undefined): Candidate[] {
    switch (cluster.discovery.kind) {
      case 'registry':
        return (record?.endpoints ?? []).flatMap((endpoint) => this.#registered(cluster, endpoint));
      case 'static':
        return cluster.discovery.endpoints
          .filter((endpoint) => hasLabels(endpoint.labels, cluster.labels) && endpoint.weight > 0)
          .map((endpoint) => this.#fixed(cluster, endpoint));
      case 'application':
        return [this.#application(cluster)];
      default:
        return [];
    }
  }

  #registered(cluster: Cluster, endpoint: Endpoint): Candidate[] {
    const found = endpoint.ports.find(([servicePort]) => servicePort === cluster.port)?.[1];
    if (found === undefined || endpoint.weight <= 0 || !hasLabels(endpoint.labels, cluster.labels)) return [];
    // A sidecar would judge plaintext for another port as if it were for its first one.
    const edge = this.#edge && cluster.tls.mode === 'mesh' ? endpoint.edge : undefined;
    const secured = cluster.tls.mode === 'mesh' && (!this.#plaintext || edge !== undefined);
    if (endpoint.mesh && !secured && !endpoint.plaintextPorts?.includes(cluster.port)) return [];
    const { instance, workload, weight, mesh } = endpoint;
    const [address, port] = edge === undefined ? [endpoint.address, found] : [edge.host, edge.port];
    const load = this.#load(cluster.service, `${instance}|${address}:${port}`);
    const metadata = targetMetadata({ ...endpoint, name: workload });
    return [{ address, port, mesh, instance, workload, metadata, weight, load }];
  }

  #fixed(cluster: Cluster, endpoint: StaticEndpoint): Candidate {
    const { address, port, weight } = endpoint;
    const load = this.#load(cluster.service, `${address}:${port}`);
    // Nobody registered it, so nobody knows of a sidecar: where TLS is a must, TLS is what it gets.
    const mesh = cluster.tls.mode === 'mesh' && cluster.tls.required;
    return { address, port, mesh, instance: '', workload: '', weight, load };
  }

  #application(cluster: Cluster): Candidate {
    const place = this.#applications.get(cluster.port) ?? { address: LOOPBACK, port: cluster.port };
    const load = this.#load('', `${place.address}:${place.port}`);
    return { ...place, mesh: false, instance: '', workload: '', weight: 1, load };
  }

  #load(service: string, key: string): Load {
    const loads = this.#loads.get(service) ?? new Map<string, Load>();
    const load = loads.get(key) ?? { active: 0 };
    loads.set(key, load);
    this.#loads.set(service, loads);
    return load;
  }

  /** Keeps only the loads of endpoints that still exist, so that churn does not grow the table. */
  #forgetLoads(record: EndpointRecord): void {
    const loads = this.#loads.get(record.service);
    if (loads === undefined) return;
    const alive = new Set(record.endpoints.map((endpoint) => endpoint.instance));
    for (const key of loads.keys()) if (!alive.has(key.slice(0, key.lastIndexOf('|')))) loads.delete(key);
  }
}

function pool(
  candidates: readonly Candidate[],
  before: CandidatePool | undefined,
  { circuit, outlier, copies }: ClusterState,
): CandidatePool {
  const even = candidates.every((candidate) => candidate.weight === candidates[0]?.weight);
  return {
    candidates,
    even,
    cursor: before?.cursor ?? 0,
    credit: candidates.map(() => 0),
    circuit,
    outlier,
    copies,
  };
}

function hasLabels(labels: Labels, wanted: Labels): boolean {
  return wanted.every(([key, value]) => labels.some(([k, v]) => k === key && v === value));
}

/**
 * What the request names, as far as it is the cluster's own host and port; the pass-through cluster, which has
 * no service, goes anywhere. Never where mesh TLS is due: nobody knows whom to expect there.
 */
function original({ service, port: own, tls }: Cluster, authority: string): Candidate[] {
  const asked = parseAuthority(authority);
  if (asked === undefined || tls.mode === 'mesh') return [];
  const port = asked.port ?? (own || 80);
  if (service !== '' && (port !== own || !isWithin(asked.host, service))) return [];
  const address = asked.host.startsWith('[') ? asked.host.slice(1, -1) : asked.host;
  return [{ address, port, mesh: false, instance: '', workload: '', weight: 1, load: { active: 0 } }];
}

/** As in Envoy's original destination clusters, whatever host the request names. */
function intercepted(
  { service, port: own, tls }: Cluster,
  { address, port }: OriginalDestination,
): Candidate[] {
  if (tls.mode === 'mesh' || (service !== '' && port !== own)) return [];
  return [{ address, port, mesh: false, instance: '', workload: '', weight: 1, load: { active: 0 } }];
}

function isWithin(host: string, service: string): boolean {
  return service.startsWith('*.') ? host.endsWith(service.slice(1)) : host === service;
}
