import type { SnapshotParts } from '../snapshot/shard-reader.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { type ActiveSnapshot, activate } from './activate.ts';
import { EndpointTable } from './forward/endpoint-table.ts';
import { addParts } from './shard-use.ts';

/** What is in force in this proxy: one snapshot at a time, and the endpoints that outlive it. */
export class ProxyState {
  readonly endpoints = new EndpointTable();
  readonly #appPort: number | 'workload' | undefined;
  #active: ActiveSnapshot | undefined;
  #revision = 0;
  #leaving = false;
  readonly #own = new Set<number>();

  /**
   * `appPort` is where the application behind a sidecar listens, `workload` = on each workload port itself; a gateway
   * has none, and ports of its own instead.
   */
  constructor(appPort?: number | 'workload') {
    this.#appPort = appPort;
  }

  get active(): ActiveSnapshot | undefined {
    return this.#active;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Whether requests should come here. */
  get ready(): boolean {
    return this.#active !== undefined && !this.#leaving;
  }

  /** Whether requests should go elsewhere from now on. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** Not ready any more; what is in force stays so for those who come all the same. */
  leave(): void {
    this.#leaving = true;
  }

  /** Ports of this proxy itself: where the application is reached on each workload port, none of them is one. */
  reserve(ports: readonly number[]): void {
    if (this.#appPort === 'workload') for (const port of ports) this.#own.add(port);
  }

  /** Whether what is for that workload port would reach this proxy itself. */
  isReserved(port: number): boolean {
    return this.#own.has(port);
  }

  /** Swaps one reference; throws, and keeps the old snapshot, when the new one cannot be compiled. */
  activate(snapshot: Snapshot, revision: number, parts?: SnapshotParts): void {
    const appPort = this.#appPort;
    const active = activate(snapshot, {
      gatewayPorts: appPort === undefined,
      shards: parts?.map,
      earlier: this.#active,
    });
    addParts(active, parts, this.#active);
    if (typeof appPort === 'number')
      for (const { port } of snapshot.inbound) this.endpoints.setApplication(port, '127.0.0.1', appPort);
    this.endpoints.retain(active.clusters);
    this.#active = active;
    this.#revision = revision;
  }
}
