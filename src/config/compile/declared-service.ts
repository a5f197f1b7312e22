import type { Resource } from '../resource/resource.ts';
import { httpVersion, portProtocol } from './port-protocol.ts';
import type { RegistryService } from './service-registry.ts';

/** Of a Service; lower-case. */
export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc.cluster.local`.toLowerCase();
}

const EXPORT_TO = 'networking.istio.io/exportTo';

/** What a Service adds to the registry. */
export function fromService(resource: Resource<'Service'>): RegistryService {
  const { name, namespace, spec, annotations } = resource;
  const short = `${name}.${namespace}`;
  return {
    resource,
    namespace,
    host: serviceHost(name, namespace),
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

/** What a ServiceEntry adds to the registry: one service for each host. */
export function fromServiceEntry(resource: Resource<'ServiceEntry'>): RegistryService[] {
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
