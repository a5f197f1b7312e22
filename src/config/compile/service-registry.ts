import type { Resource } from '../resource/resource.ts';
import { httpVersion, type PortProtocol, portProtocol } from './port-protocol.ts';
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

/** Collects the registry; of two services with one host in one namespace the oldest counts, a Service before others. */
export function serviceRegistry(resources: ResourceSet): ServiceRegistry {
  const declared = [
    ...resources.of('Service').map(fromService),
    ...resources.of('ServiceEntry').flatMap(fromServiceEntry),
  ];
  const byHost = new Map<string, RegistryService[]>();
  const all = declared.filter((service) => {
    const known = byHost.get(service.host);
    if (known === undefined) byHost.set(service.host, [service]);
    else if (known.every(({ namespace }) => namespace !== service.namespace)) known.push(service);
    else return false;
    return true;
  });
  const named = (host: string) => byHost.get(host.toLowerCase()) ?? [];
  return {
    all,
    services: all.filter((service) => named(service.host)[0] === service),
    find: (host) => named(host)[0],
    named,
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

const EXPORT_TO = 'networking.istio.io/exportTo';

function fromService(resource: Resource<'Service'>): RegistryService {
  const { name, namespace, spec, annotations } = resource;
  const short = `${name}.${namespace}`;
  return {
    resource,
    namespace,
    host: `${short}.svc.cluster.local`.toLowerCase(),
    aliases: [
      { host: `${short}.svc`, local: false },
      { host: short, local: false },
      { host: name, local: true },
    ],
    ports: spec.ports.map((port) => ({
      number: port.port,
      name: port.name ?? '',
      protocol: portProtocol(port.appProtocol ?? port.name, port.protocol),
      httpVersion: httpVersion(port.appProtocol ?? port.name),
      target: port.targetPort ?? port.port,
    })),
    selector: spec.selector?.size ? spec.selector : undefined,
    behind: spec.selector?.size ? [spec.selector] : [],
    exportTo: annotations
      .get(EXPORT_TO)
      ?.split(',')
      .map((entry) => entry.trim()),
    external: spec.type === 'ExternalName',
  };
}

function fromServiceEntry(resource: Resource<'ServiceEntry'>): RegistryService[] {
  const { namespace, spec } = resource;
  const ports = spec.ports.map((port) => ({
    number: port.number,
    name: port.name,
    protocol: portProtocol(port.protocol ?? port.name, undefined),
    httpVersion: httpVersion(port.protocol ?? port.name),
    target: port.targetPort ?? port.number,
  }));
  return spec.hosts.map((host) => ({
    resource,
    namespace,
    host: host.toLowerCase(),
    aliases: [],
    ports,
    selector: undefined,
    behind: spec.location === 'MESH_INTERNAL' ? endpointLabels(resource) : [],
    exportTo: spec.exportTo,
    external: spec.location !== 'MESH_INTERNAL',
  }));
}

/** Endpoints are told by their labels to be workloads of the mesh. */
function endpointLabels({ spec }: Resource<'ServiceEntry'>): ReadonlyMap<string, string>[] {
  return spec.endpoints.flatMap(({ labels }) => (labels?.size ? [labels] : []));
}
