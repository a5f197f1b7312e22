import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { gatewayName, MESH } from './gateway-name.ts';
import { bySpecificity, hostWithin } from './host-match.ts';
import type { Scope } from './scope.ts';
import { visibleFrom } from './visibility.ts';

/** The VirtualServices that the target can see, oldest first, each with its full host names and gateways. */
export interface BoundVirtualService {
  readonly resource: Resource<'VirtualService'>;
  readonly hosts: readonly string[];
  /** `mesh` and `namespace/name`. */
  readonly gateways: ReadonlySet<string>;
}

/** VirtualServices exported to the target's namespace. Those without hosts are delegates and bind nothing. */
export function visibleVirtualServices({ resources, target }: Scope): BoundVirtualService[] {
  return resources
    .of('VirtualService')
    .filter(({ namespace, spec }) => visibleFrom(target.namespace, namespace, spec.exportTo))
    .map((resource) => ({
      resource,
      hosts: resource.spec.hosts.map((host) => fullHost(host, resource.namespace)),
      gateways: new Set(resource.spec.gateways.map((name) => gatewayName(name, resource.namespace))),
    }));
}

/** Those that sidecars follow. */
export function meshVirtualServices(scope: Scope): BoundVirtualService[] {
  return visibleVirtualServices(scope).filter(({ gateways }) => gateways.has(MESH));
}

/** Those for a host: of its most specific host name first, and of one name the oldest first. */
export function virtualServicesFor(host: string, all: readonly BoundVirtualService[]): BoundVirtualService[] {
  const claims = all.flatMap((service) =>
    service.hosts.filter((claim) => hostWithin(host, claim)).map((claim) => ({ claim, service })),
  );
  const sorted = claims.sort((a, b) => bySpecificity(a.claim, b.claim));
  return [...new Set(sorted.map(({ service }) => service))];
}
