import type { Discovery, StaticEndpoint } from '../../snapshot/cluster.ts';
import type { SpecOf } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { labelPairs } from './labels.ts';
import type { ResourceSet } from './resource-set.ts';
import type { RegistryPort, RegistryService } from './service-registry.ts';

/**
 * Where the endpoints of a service port come from: ServiceEntry resolution; Services use the registry, and those that
 * select nobody the EndpointSlices that name them.
 */
export function discovery(
  { resource, host }: RegistryService,
  port: RegistryPort,
  resources: ResourceSet,
): Discovery {
  if (resource.kind === 'Service')
    return slicesOf(resource, port, resources) ?? ofService(resource.spec, port);
  const { resolution, endpoints } = resource.spec;
  if (resolution === 'NONE' || resolution === 'DYNAMIC_DNS') return { kind: 'original' };
  if (endpoints.length > 0 || resolution === 'STATIC') {
    return { kind: 'static', endpoints: endpoints.flatMap((endpoint) => staticEndpoint(endpoint, port)) };
  }
  return { kind: 'static', endpoints: [named(host, port)] };
}

/** An ExternalName Service is another name of a host outside; all others have endpoints of their own. */
function ofService({ type, externalName }: SpecOf<'Service'>, port: RegistryPort): Discovery {
  if (type !== 'ExternalName' || !externalName) return { kind: 'registry' };
  return { kind: 'static', endpoints: [named(externalName, port)] };
}

const SERVICE_NAME = 'kubernetes.io/service-name';

/** Undefined where no slice is written, or the Service selects its endpoints. */
function slicesOf(
  { namespace, name, spec }: Resource<'Service'>,
  port: RegistryPort,
  resources: ResourceSet,
): Discovery | undefined {
  if (spec.selector?.size) return undefined;
  const slices = resources
    .in('EndpointSlice', namespace)
    .filter(({ labels }) => labels.get(SERVICE_NAME) === name);
  if (slices.length === 0) return undefined;
  return { kind: 'static', endpoints: slices.flatMap((slice) => endpointsOf(slice, port)) };
}

/** Ports go by name; the first address of an endpoint stands for it. */
function endpointsOf({ spec }: Resource<'EndpointSlice'>, { name }: RegistryPort): StaticEndpoint[] {
  const port = spec.ports.find((one) => one.name === name)?.port;
  if (port === undefined) return [];
  return spec.endpoints
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses: [address] }) => (address ? [{ address, port, labels: [], weight: 1 }] : []));
}

function staticEndpoint(
  endpoint: SpecOf<'ServiceEntry'>['endpoints'][number],
  port: RegistryPort,
): StaticEndpoint[] {
  if (!endpoint.address) return [];
  return [
    {
      address: endpoint.address,
      port: endpoint.ports?.get(port.name) ?? targetNumber(port),
      labels: labelPairs(endpoint.labels),
      weight: endpoint.weight || 1,
    },
  ];
}

function named(address: string, port: RegistryPort): StaticEndpoint {
  return { address, port: targetNumber(port), labels: [], weight: 1 };
}

function targetNumber({ target, number }: RegistryPort): number {
  return typeof target === 'number' ? target : number;
}
