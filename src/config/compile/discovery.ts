import type { Discovery, StaticEndpoint } from '../../snapshot/cluster.ts';
import type { SpecOf } from '../resource/kinds.ts';
import { labelPairs } from './labels.ts';
import type { RegistryPort, RegistryService } from './service-registry.ts';

/** Where the endpoints of a service port come from (ServiceEntry resolution; Services use the registry). */
export function discovery({ resource, host }: RegistryService, port: RegistryPort): Discovery {
  if (resource.kind === 'Service') return ofService(resource.spec, port);
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
