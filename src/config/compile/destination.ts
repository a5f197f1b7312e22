import type { Destination } from '../../snapshot/route.ts';
import { fullHost } from '../resource/host-name.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { outboundClusterName } from './cluster-name.ts';
import { findSubset } from './destination-rule.ts';
import { headerOperations } from './header-change.ts';
import type { RoutePlace } from './route-place.ts';
import type { Scope } from './scope.ts';
import { type RegistryService, servicePort } from './service-registry.ts';
import type { RouteDestination } from './spec-parts.ts';
import { visibleService } from './visible-services.ts';

/** Weighted destinations; one alone gets everything, and of several those with weight 0 are left out. */
export function destinations(
  specs: readonly RouteDestination[],
  owner: Resource<'VirtualService'>,
  path: FieldPath,
  place: RoutePlace,
  scope: Scope,
): Destination[] {
  const alone = specs.length === 1;
  return specs.flatMap((spec, i) => {
    if (!alone && spec.weight === 0) return [];
    const cluster = destinationCluster(spec.destination, owner, [...path, i, 'destination'], place, scope);
    const headers = headerOperations(spec.headers);
    return [{ cluster, weight: alone ? 100 : spec.weight, ...(headers && { headers }) }];
  });
}

/** The name of a destination's cluster, also when there is no such cluster: the route then answers 503 NC. */
export function destinationCluster(
  destination: RouteDestination['destination'],
  owner: Resource<'VirtualService'>,
  path: FieldPath,
  place: RoutePlace,
  scope: Scope,
): string {
  const host = fullHost(destination.host, owner.namespace);
  const service = visibleService(host, scope);
  const port = destination.port?.number ?? impliedPort(service, place);
  const subset = destination.subset ?? '';
  const warn = (field: string, message: string) =>
    scope.report.add('IST0101', owner, [...path, field], message);
  if (!service) warn('host', `Referenced host not found: "${host}"; the route answers 503.`);
  else if (!servicePort(service, port))
    warn('host', `The service ${host} has no port ${port}; the route answers 503.`);
  else if (subset && !findSubset(service, subset, scope))
    warn(
      'subset',
      `Referenced host+subset in destinationrule not found: "${host}+${subset}"; the route answers 503.`,
    );
  return outboundClusterName(port, subset, host);
}

/** A service's sole port, else the port that the request came to. */
function impliedPort(service: RegistryService | undefined, { ports }: RoutePlace): number {
  const [only, ...more] = service?.ports ?? [];
  return only && more.length === 0 ? only.number : (ports[0] ?? 80);
}
