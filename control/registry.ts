import { resourceSet } from '../src/config/compile/resource-set.ts';
import { type RegistryService, serviceRegistry } from '../src/config/compile/service-registry.ts';
import { type Workload, workloadsBehind, workloadsOf } from '../src/config/compile/workload.ts';
import type { Resource } from '../src/config/resource/resource.ts';
import { formatSpiffeId, type SpiffeId, workloadId } from '../src/identity/spiffe.ts';
import type { Clock } from '../src/runtime/ports.ts';
import type { Endpoint } from '../src/snapshot/endpoint.ts';

/** What an instance says of itself; its labels and services follow from its workload. */
export interface Registration {
  /** Unique per running instance. */
  readonly instance: string;
  readonly namespace: string;
  readonly workload: string;
  /** Where its sidecar's inbound port is reached. */
  readonly address: string;
  readonly port: number;
  /** Snapshot revision that it runs. */
  readonly revision: number;
  /** `deno`, `bun` or `node`, with version. */
  readonly runtime: string;
}

/** A registration that lapses unless it is renewed. */
export interface Lease extends Registration {
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** The caller may not register that instance; the message is for the caller. */
export class RegistrationRefused extends Error {}

/** Which instances live, and so which endpoints each service has. */
export class Registry {
  readonly #leases = new Map<string, Lease>();
  readonly #clock: Clock;
  readonly #trustDomain: string;
  readonly #leaseMs: number;
  #resources: readonly Resource[] = [];

  constructor(clock: Clock, trustDomain: string, leaseMs: number) {
    this.#clock = clock;
    this.#trustDomain = trustDomain;
    this.#leaseMs = leaseMs;
  }

  get leases(): readonly Lease[] {
    return [...this.#leases.values()];
  }

  configure(resources: readonly Resource[]): void {
    this.#resources = resources;
  }

  /** The service account that a Deployment runs as; undefined when there is no such Deployment. */
  serviceAccountOf(namespace: string, name: string): string | undefined {
    return this.#workload(namespace, name)?.serviceAccount;
  }

  /** Accepts or renews an instance whose proven identity is its workload's; true when endpoints changed. */
  register(registration: Registration, id: SpiffeId): boolean {
    const workload = this.#workload(registration.namespace, registration.workload);
    if (!workload) {
      throw new RegistrationRefused(
        `there is no Deployment ${registration.namespace}/${registration.workload}`,
      );
    }
    const expected = formatSpiffeId(
      workloadId(this.#trustDomain, workload.namespace, workload.serviceAccount),
    );
    if (formatSpiffeId(id) !== expected) {
      throw new RegistrationRefused(
        `${formatSpiffeId(id)} may not register ${workload.namespace}/${workload.name}`,
      );
    }
    const known = this.#leases.get(registration.instance);
    this.#leases.set(registration.instance, { ...registration, expires: this.#clock.now() + this.#leaseMs });
    return !known || known.address !== registration.address || known.port !== registration.port;
  }

  /** Takes an instance out at its own request; true when it was there. */
  deregister(instance: string, id: SpiffeId): boolean {
    const lease = this.#leases.get(instance);
    if (!lease) return false;
    this.register(lease, id);
    return this.#leases.delete(instance);
  }

  /** Takes out what was not renewed in time; true when endpoints changed. */
  sweep(): boolean {
    const now = this.#clock.now();
    const lapsed = this.leases.filter((lease) => lease.expires <= now);
    for (const lease of lapsed) this.#leases.delete(lease.instance);
    return lapsed.length > 0;
  }

  /** The endpoints of every service that selects workloads, by FQDN. */
  endpoints(): Map<string, readonly Endpoint[]> {
    const resources = resourceSet(this.#resources);
    const services = serviceRegistry(resources).services.filter((service) => service.selector);
    return new Map(
      services.map((service) => {
        const workloads = workloadsBehind(service, undefined, resources);
        return [service.host, workloads.flatMap((workload) => this.#instancesOf(workload, service))];
      }),
    );
  }

  #instancesOf(workload: Workload, service: RegistryService): Endpoint[] {
    return this.leases
      .filter((lease) => lease.namespace === workload.namespace && lease.workload === workload.name)
      .sort((a, b) => (a.instance < b.instance ? -1 : 1))
      .map(({ instance, address, port }) => ({
        instance,
        address,
        ports: service.ports.map(({ number }) => [number, port] as const),
        workload: workload.name,
        namespace: workload.namespace,
        labels: workload.labels,
        mesh: true,
        weight: 1,
      }));
  }

  #workload(namespace: string, name: string): Workload | undefined {
    const workloads = workloadsOf(resourceSet(this.#resources));
    return workloads.find((workload) => workload.namespace === namespace && workload.name === name);
  }
}
