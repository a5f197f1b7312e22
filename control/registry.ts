import { plaintextPort } from '../src/config/compile/plaintext-port.ts';
import { type ResourceSet, resourceSet } from '../src/config/compile/resource-set.ts';
import {
  type RegistryService,
  type ServiceRegistry,
  serviceRegistry,
} from '../src/config/compile/service-registry.ts';
import { type Workload, workloadPort, workloadsBehind, workloadsOf } from '../src/config/compile/workload.ts';
import type { Resource } from '../src/config/resource/resource.ts';
import { formatSpiffeId, type SpiffeId, workloadId } from '../src/identity/spiffe.ts';
import type { Clock } from '../src/runtime/ports.ts';
import type { EdgeAddress, Endpoint } from '../src/snapshot/endpoint.ts';

/** What an instance says of itself; its labels and services follow from its workload. */
export interface Registration {
  /** Unique per running instance: 1 to 128 letters, digits, dots, dashes and underscores. */
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
  /** Where it takes signed requests; absent = nowhere. */
  readonly edge?: EdgeAddress | undefined;
}

/** A registration that lapses unless it is renewed. */
export interface Lease extends Registration {
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** SPIFFE ID that registered it; only that one may renew it or take it out. */
  readonly owner: string;
}

interface Held {
  readonly registration: Registration;
  readonly owner: string;
  /** Of `Clock.monotonic`: a step of the wall clock must not end every lease at once. */
  readonly deadline: number;
}

/** One identity, with all its replicas, has no more instances. */
const maxLeasesPerIdentity = 1000;
const instanceName = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller may not register that instance; the message is for the caller. */
export class RegistrationRefused extends Error {}

/** Which instances live, and so which endpoints each service has. */
export class Registry {
  readonly #leases = new Map<string, Held>();
  readonly #clock: Clock;
  readonly #trustDomain: string;
  readonly #leaseMs: number;
  #resources: ResourceSet = resourceSet([]);
  #services: ServiceRegistry = serviceRegistry(this.#resources);
  #sweptAt: number;
  /** No lease ends before: who sleeps cannot hear renewals. */
  #graceUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, trustDomain: string, leaseMs: number) {
    this.#clock = clock;
    this.#trustDomain = trustDomain;
    this.#leaseMs = leaseMs;
    this.#sweptAt = clock.monotonic();
  }

  get leases(): readonly Lease[] {
    const [wall, now] = [this.#clock.now(), this.#clock.monotonic()];
    return [...this.#leases.values()].map(({ registration, owner, deadline }) => ({
      ...registration,
      owner,
      expires: wall + deadline - now,
    }));
  }

  configure(resources: readonly Resource[]): void {
    this.#resources = resourceSet(resources);
    this.#services = serviceRegistry(this.#resources);
  }

  /** Every Deployment. */
  get workloads(): readonly Workload[] {
    return workloadsOf(this.#resources);
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
    if (known) this.#checkOwner(known, registration, expected);
    else this.#checkNew(registration, expected);
    if (known === undefined) this.#forgetEarlier(registration, expected);
    const deadline = this.#clock.monotonic() + this.#leaseMs;
    this.#leases.set(registration.instance, { registration, owner: expected, deadline });
    const { address, port, edge } = known?.registration ?? {};
    const moved = edge?.host !== registration.edge?.host || edge?.port !== registration.edge?.port;
    return moved || address !== registration.address || port !== registration.port;
  }

  /** Takes an instance out at its own request; true when it was there. */
  deregister(instance: string, id: SpiffeId): boolean {
    const held = this.#leases.get(instance);
    if (!held) return false;
    this.#checkOwner(held, held.registration, formatSpiffeId(id));
    return this.#leases.delete(instance);
  }

  /**
   * Takes out what was not renewed in time; true when endpoints changed. After a longer pause than a lease (this
   * process was stopped, or the machine slept) it first waits for one: renewals could not be heard meanwhile.
   */
  sweep(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#sweptAt > this.#leaseMs) this.#graceUntil = now + this.#leaseMs;
    this.#sweptAt = now;
    if (now < this.#graceUntil) return false;
    const lapsed = [...this.#leases].filter(([, { deadline }]) => deadline <= now);
    for (const [instance] of lapsed) this.#leases.delete(instance);
    return lapsed.length > 0;
  }

  /** The endpoints of every service that selects workloads, by FQDN. */
  endpoints(): Map<string, readonly Endpoint[]> {
    const services = this.#services.services.filter((service) => service.selector);
    return new Map(
      services.map((service) => {
        const workloads = workloadsBehind(service, undefined, this.#resources);
        return [service.host, workloads.flatMap((workload) => this.#instancesOf(workload, service))];
      }),
    );
  }

  #instancesOf(workload: Workload, service: RegistryService): Endpoint[] {
    const plaintextPorts = this.#plaintextPorts(workload, service);
    return [...this.#leases.values()]
      .map(({ registration }) => registration)
      .filter((one) => one.namespace === workload.namespace && one.workload === workload.name)
      .sort((a, b) => (a.instance < b.instance ? -1 : 1))
      .map(({ instance, address, port, edge }) => ({
        instance,
        address,
        ports: service.ports.map(({ number }) => [number, port] as const),
        workload: workload.name,
        namespace: workload.namespace,
        labels: workload.labels,
        mesh: true,
        plaintextPorts,
        weight: 1,
        ...(edge && { edge }),
      }));
  }

  /** Those that lead to the port which the sidecar takes plaintext for. */
  #plaintextPorts(workload: Workload, service: RegistryService): number[] {
    const first = plaintextPort(workload, this.#services);
    return service.ports
      .filter((port) => first !== undefined && workloadPort(port, workload.ports) === first)
      .map(({ number }) => number);
  }

  /** Names are the caller's choice, so a name that is taken must not become another's. */
  #checkOwner({ registration: held, owner }: Held, wanted: Registration, id: string): void {
    const same = held.namespace === wanted.namespace && held.workload === wanted.workload;
    if (!same || owner !== id)
      throw new RegistrationRefused(`the instance ${held.instance} is another workload's`);
  }

  /** Who opens a port now has come after whoever had it: a process that was killed leaves no dead endpoint behind. */
  #forgetEarlier({ namespace, workload, address, port }: Registration, id: string): void {
    for (const [instance, { registration: held, owner }] of this.#leases) {
      const samePlace = held.address === address && held.port === port;
      const sameWorkload = held.namespace === namespace && held.workload === workload && owner === id;
      if (samePlace && sameWorkload) this.#leases.delete(instance);
    }
  }

  #checkNew({ instance }: Registration, id: string): void {
    if (!instanceName.test(instance))
      throw new RegistrationRefused('the name of the instance is not allowed');
    let leases = 0;
    for (const { owner } of this.#leases.values()) if (owner === id) leases++;
    if (leases >= maxLeasesPerIdentity)
      throw new RegistrationRefused(`${id} has ${leases} instances already`);
  }

  #workload(namespace: string, name: string): Workload | undefined {
    const workloads = workloadsOf(this.#resources);
    return workloads.find((workload) => workload.namespace === namespace && workload.name === name);
  }
}
