import type { Resource } from '../resource/resource.ts';
import { httpVersion, type PortProtocol, portProtocol } from './port-protocol.ts';
import type { ResourceSet } from './resource-set.ts';

/** Every service that configuration can name: Services and the hosts of ServiceEntries. */
export interface ServiceRegistry {
  /** Oldest first. */
  readonly services: readonly RegistryService[];
  /** By FQDN or ServiceEntry host, lower-case. */
  find(host: string): RegistryService | undefined;
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

/** Collects the registry; of two services with one host the oldest counts. */
export function serviceRegistry(resources: ResourceSet): ServiceRegistry {
  const byHost = new Map<string, RegistryService>();
  const all = [
    ...resources.of('Service').map(fromService),
    ...resources.of('ServiceEntry').flatMap(fromServiceEntry),
  ];
  for (const service of all) if (!byHost.has(service.host)) byHost.set(service.host, service);
  return { services: [...byHost.values()], find: (host) => byHost.get(host.toLowerCase()) };
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
    exportTo: spec.exportTo,
    external: spec.location !== 'MESH_INTERNAL',
  }));
}
