import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';

/** What is in force in this gateway: one snapshot at a time, and the endpoints that outlive it. */
export class GatewayState {
  readonly endpoints = new EndpointTable();
  #active: ActiveSnapshot | undefined;
  #revision = 0;
  #leaving = false;

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

  /** Not ready any more; what is in force stays so for those who come all the same. */
  leave(): void {
    this.#leaving = true;
  }

  /** Swaps one reference; throws, and keeps the old snapshot, when the new one cannot be compiled. */
  activate(snapshot: Snapshot, revision: number): void {
    const active = activate(snapshot, { gatewayPorts: true });
    this.endpoints.retain(active.clusters);
    this.#active = active;
    this.#revision = revision;
  }
}
