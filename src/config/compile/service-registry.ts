import { namespaceOf } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { fromService, fromServiceEntry, serviceHost } from './declared-service.ts';
import { groupBy } from './group-by.ts';
import type { PortProtocol } from './port-protocol.ts';
import type { ResourceSet } from './resource-set.ts';

/** Every service that configuration can name: Services and the hosts of ServiceEntries. */
export interface ServiceRegistry {
  /** Oldest first; of several with one host only the oldest. */
  readonly services: readonly RegistryService[];
  /** Oldest first; one host may be declared in several namespaces. */
  readonly all: readonly RegistryService[];
  /** The oldest of that FQDN or ServiceEntry host. */
  find(host: string): RegistryService | undefined;
  /** One of each namespace that declares the host, oldest first. */
  named(host: string): readonly RegistryService[];
  /** Those of `services` in a namespace, oldest first. */
  in(namespace: string): readonly RegistryService[];
  /** The Service of the host, and every ServiceEntry that declares it, those that do not count included. */
  declared(host: string): readonly RegistryService[];
}

export interface RegistryService {
  readonly resource: Resource<'Service'> | Resource<'ServiceEntry'>;
  /** FQDN of a Service, or a ServiceEntry host (which may be `*.x`); lower-case. */
  readonly host: string;
  readonly namespace: string;
  readonly aliases: readonly Alias[];
  readonly ports: readonly RegistryPort[];
  /** Labels of the workloads behind it; absent when it selects none. */
  readonly selector: ReadonlyMap<string, string> | undefined;
  /** Label sets, each of which stands for the workloads of its namespace that carry it: its own sidecars listen for it. */
  readonly behind: readonly ReadonlyMap<string, string>[];
  readonly exportTo: readonly string[] | undefined;
  /** MESH_EXTERNAL: not part of the mesh, no mutual TLS. */
  readonly external: boolean;
}

/** A further name of a service; some are known only to clients of its own namespace. */
export interface Alias {
  readonly host: string;
  readonly local: boolean;
}

export interface RegistryPort {
  readonly number: number;
  readonly name: string;
  readonly protocol: PortProtocol;
  /** Of ports that speak HTTP. */
  readonly httpVersion: 'http1' | 'http2';
  /** Port of the workload: a number, or the name of a container port. */
  readonly target: number | string;
}

/**
 * Collects the registry; of two services with one host in one namespace the oldest counts, a Service before others.
 * Services are read when their namespace is first asked for: who walks a mesh by namespace has them at hand.
 */
export function serviceRegistry(resources: ResourceSet): ServiceRegistry {
  const entries = resources.of('ServiceEntry').flatMap(fromServiceEntry);
  const declared = groupBy(entries, ({ host }) => host);
  const single = new Map([...declared].map(([host, all]) => [host, onePerNamespace(all)]));
  const services = servicesByHost(resources, single);
  const find = (host: string) => services(host) ?? single.get(host) ?? NONE;
  const isOldest = (service: RegistryService) => find(service.host)[0] === service;
  const written = (all: readonly Resource<'Service'>[]) => [
    ...new Set(all.flatMap((one) => countedOf(one, services))),
  ];
  const all = once(() => {
    const counted = new Set([...declared.keys()].flatMap(find));
    return [...written(resources.of('Service')), ...entries.filter((one) => counted.has(one))];
  });
  const oldest = once(() => all().filter(isOldest));
  const oldestEntries = once(() => groupBy(entries.filter(isOldest), ({ namespace }) => namespace));
  return {
    get all() {
      return all();
    },
    get services() {
      return oldest();
    },
    find: (host) => find(host.toLowerCase())[0],
    named: (host) => find(host.toLowerCase()),
    in: (namespace) => [
      ...written(resources.in('Service', namespace)),
      ...(oldestEntries().get(namespace) ?? NONE),
    ],
    declared: (host) => {
      const lower = host.toLowerCase();
      const [own, others] = [services(lower), declared.get(lower)];
      return own && others ? [...own.slice(0, 1), ...others] : (own ?? others ?? NONE);
    },
  };
}

/** The port of that number. */
export function servicePort(service: RegistryService, number: number): RegistryPort | undefined {
  return service.ports.find((port) => port.number === number);
}

/** Numbers of the ports that speak HTTP. */
export function httpPorts({ ports }: RegistryService): number[] {
  return ports.filter(({ protocol }) => protocol === 'http').map(({ number }) => number);
}

const NONE: readonly RegistryService[] = [];

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The oldest of each namespace. */
function onePerNamespace(all: readonly RegistryService[]): readonly RegistryService[] {
  if (all.length === 1) return all;
  const seen = new Set<string>();
  return all.filter(({ namespace }) => !seen.has(namespace) && seen.add(namespace));
}

type ByHost = ReadonlyMap<string, readonly RegistryService[]>;
/** Undefined where no Service has the host. */
type FindServices = (host: string) => readonly RegistryService[] | undefined;

/** Each Service before the entries that other namespaces have for its host. */
function servicesByHost(resources: ResourceSet, entries: ByHost): FindServices {
  const namespaces = groupBy(resources.namespaces, (namespace) => namespaceOf(serviceHost('', namespace)));
  const known = new Map<string | undefined, ByHost>();
  return (host) => {
    const label = namespaceOf(host);
    let hosts = known.get(label);
    if (!hosts) {
      const all = (namespaces.get(label) ?? []).flatMap((one) => resources.in('Service', one));
      hosts = label === undefined ? new Map() : readServices(all, entries);
      known.set(label, hosts);
    }
    return hosts.get(host);
  };
}

function readServices(resources: readonly Resource<'Service'>[], entries: ByHost): ByHost {
  const hosts = new Map<string, readonly RegistryService[]>();
  for (const resource of resources) {
    const service = fromService(resource);
    const others = entries.get(service.host)?.filter(({ namespace }) => namespace !== service.namespace);
    if (!hosts.has(service.host)) hosts.set(service.host, [service, ...(others ?? [])]);
  }
  return hosts;
}

/** None where another Service of the name is the one that counts. */
function countedOf(resource: Resource<'Service'>, services: FindServices): RegistryService[] {
  const service = services(serviceHost(resource.name, resource.namespace))?.[0];
  return service?.resource === resource ? [service] : [];
}
