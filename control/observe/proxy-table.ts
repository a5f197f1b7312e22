import type { ProxyReport } from '../../src/proxy/telemetry/report.ts';
import type { Clock } from '../../src/runtime/ports.ts';
import type { Lease } from '../registry.ts';
import { destinationNode, isFailure, type NodeFacts, noDistribution, sourceNode, sumOf } from './edge.ts';
import { type Growth, SeriesMemory } from './series-memory.ts';
import { TrafficRing } from './traffic-ring.ts';

/** Whose report it is, as control knows it; never as the report says. */
export interface Reporting {
  readonly kind: 'gateway' | 'sidecar';
  readonly namespace: string;
  readonly workload: string;
  /** SPIFFE ID, or the URL that it was pulled from. */
  readonly owner: string;
}

/** A proxy as it was last heard of. */
export interface Heard extends Reporting {
  /** Without its counts. */
  readonly report: Omit<ProxyReport, 'traffic' | 'connections'>;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Its clock against control's when the report came, ms; the time on the way included. */
  readonly skewMs: number;
}

interface Kept {
  readonly memory: SeriesMemory;
  readonly heard: Heard;
  /** Of `Clock.monotonic`. */
  readonly at: number;
}

/** Another identity reports under that name. */
export class ReportRefused extends Error {}

/** A proxy that is silent for longer is not shown any more; one for longer still is forgotten. ms. */
const shownMs = 30_000;
const forgottenMs = 600_000;
/** More would be a flood; workload instances are bounded by the registry. */
const maxProxies = 10_000;
const maxNodes = 10_000;

/** What every proxy last said of itself, and the traffic that all of them saw. */
export class ProxyTable {
  readonly ring = new TrafficRing();
  readonly nodes = new Map<string, NodeFacts>();
  readonly #clock: Clock;
  readonly #since: number;
  readonly #proxies = new Map<string, Kept>();
  readonly #gateways = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** Takes a report in. Throws ReportRefused when the name of the instance is another's. */
  accept(report: ProxyReport, reporting: Reporting): void {
    const known = this.#proxies.get(report.instance);
    if (known && known.heard.owner !== reporting.owner)
      throw new ReportRefused(`the instance ${report.instance} is another workload's`);
    if (!known) this.#makeRoom();
    const memory = known?.memory ?? new SeriesMemory();
    const { traffic: _traffic, connections: _connections, ...rest } = report;
    const [now, at] = [this.#clock.now(), this.#clock.monotonic()];
    const heard = { ...reporting, report: rest, receivedAt: now, skewMs: report.sentAt - now };
    this.#proxies.set(report.instance, { memory, heard, at });
    if (reporting.kind === 'gateway') this.#gateways.add(`${reporting.namespace}/${reporting.workload}`);
    for (const growth of memory.grow(report, this.#since)) this.#count(growth, reporting, at);
  }

  /** What an instance last said; undefined when nothing, or long ago. */
  heard(instance: string): Heard | undefined {
    const kept = this.#proxies.get(instance);
    return kept && this.#clock.monotonic() - kept.at < shownMs ? kept.heard : undefined;
  }

  /** Everybody who was heard of in the last ten minutes and has not taken leave, and how long ago, ms. */
  get known(): readonly { readonly heard: Heard; readonly silentMs: number }[] {
    const now = this.#clock.monotonic();
    const all = [...this.#proxies.values()].map(({ heard, at }) => ({ heard, silentMs: now - at }));
    return all.filter(({ silentMs }) => silentMs <= forgottenMs);
  }

  /** An instance has taken leave: nobody waits for it. */
  forget(instance: string): void {
    this.#proxies.delete(instance);
  }

  /** Gateways that have no lease, by what they said themselves. */
  heardBesides(leases: readonly Lease[]): Heard[] {
    const leased = new Set(leases.map(({ instance }) => instance));
    return [...this.#proxies.keys()].flatMap((instance) => {
      const heard = leased.has(instance) ? undefined : this.heard(instance);
      return heard?.kind === 'gateway' ? [heard] : [];
    });
  }

  /** A reporter's own end is what control knows it as: it cannot speak of other workloads' traffic. */
  #count({ labels, requests, durationMs }: Growth, { namespace, workload }: Reporting, at: number): void {
    const isGateway = (ns: string, name: string) => this.#gateways.has(`${ns}/${name}`);
    const reporter = labels.reporter === 'destination' ? 'destination' : 'source';
    const own =
      reporter === 'source'
        ? { source_workload: workload, source_workload_namespace: namespace }
        : { destination_workload: workload, destination_workload_namespace: namespace };
    const honest = { ...labels, ...own };
    const [from, to] = [sourceNode(honest, isGateway), destinationNode(honest, isGateway)];
    for (const node of [from, to]) this.#know(node);
    this.ring.add(at, {
      reporter,
      from: from.id,
      to: to.id,
      protocol: labels.request_protocol,
      security: labels.connection_security_policy,
      requests,
      errors: isFailure(labels) ? requests : 0,
      durationMs: sumOf(noDistribution, durationMs),
    });
  }

  #know(node: NodeFacts): void {
    if (this.nodes.size < maxNodes || this.nodes.has(node.id)) this.nodes.set(node.id, node);
  }

  #makeRoom(): void {
    const now = this.#clock.monotonic();
    for (const [instance, { at }] of this.#proxies)
      if (now - at > forgottenMs) this.#proxies.delete(instance);
    if (this.#proxies.size >= maxProxies) throw new ReportRefused('there are too many proxies');
  }
}
