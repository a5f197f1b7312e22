import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { gatewayName, MESH } from './gateway-name.ts';
import { groupBy } from './group-by.ts';
import { bySpecificity, hostWithin } from './host-match.ts';
import type { ResourceSet } from './resource-set.ts';
import type { Scope } from './scope.ts';
import { egressHosts, egressTo, sidecarOf } from './sidecar-resource.ts';
import { type VisibilityIndex, visibilityIndex } from './visibility-index.ts';

/** The VirtualServices that the target can see, oldest first, each with its full host names and gateways. */
export interface BoundVirtualService {
  readonly resource: Resource<'VirtualService'>;
  readonly hosts: readonly string[];
  /** `mesh` and `namespace/name`. */
  readonly gateways: ReadonlySet<string>;
}

/**
 * VirtualServices exported to the target's namespace, as far as its Sidecar lets it see them (egress). Those without
 * hosts are delegates and bind nothing.
 */
export function visibleVirtualServices(scope: Scope): readonly BoundVirtualService[] {
  const { resources, target } = scope;
  let index = bound.get(resources);
  if (!index) {
    const all = resources.of('VirtualService').map(bind);
    index = visibilityIndex(all, ({ resource }) => ({
      namespace: resource.namespace,
      exportTo: resource.spec.exportTo,
    }));
    bound.set(resources, index);
  }
  const all = index(target.namespace);
  const sidecar = sidecarOf(scope);
  return sidecar ? within(all, sidecar, target.namespace) : all;
}

/** What a Sidecar leaves of the VirtualServices of a namespace, which its workloads share. */
const narrowed = new WeakMap<
  readonly BoundVirtualService[],
  Map<Resource<'Sidecar'>, readonly BoundVirtualService[]>
>();

function within(
  all: readonly BoundVirtualService[],
  sidecar: Resource<'Sidecar'>,
  client: string,
): readonly BoundVirtualService[] {
  const bySidecar = narrowed.get(all) ?? new Map<Resource<'Sidecar'>, readonly BoundVirtualService[]>();
  narrowed.set(all, bySidecar);
  const known = bySidecar.get(sidecar);
  if (known) return known;
  const egress = egressHosts(sidecar, client);
  const left =
    egress === undefined
      ? all
      : all.filter(({ resource, hosts }) =>
          hosts.some((host) => egressTo(egress, resource.namespace, host).length > 0),
        );
  bySidecar.set(sidecar, left);
  return left;
}

/** Built once for a set of resources, which never changes. */
const bound = new WeakMap<ResourceSet, VisibilityIndex<BoundVirtualService>>();

function bind(resource: Resource<'VirtualService'>): BoundVirtualService {
  return {
    resource,
    hosts: resource.spec.hosts.map((host) => fullHost(host, resource.namespace)),
    gateways: new Set(resource.spec.gateways.map((name) => gatewayName(name, resource.namespace))),
  };
}

/** VirtualServices by the hosts they claim. */
export interface VirtualServiceIndex {
  readonly all: readonly BoundVirtualService[];
  /** Those for a host: of its most specific host name first, and of one name the oldest first. */
  covering(host: string): readonly BoundVirtualService[];
}

/** Those that sidecars follow. */
export function meshVirtualServices(scope: Scope): VirtualServiceIndex {
  const visible = visibleVirtualServices(scope);
  const known = indexes.get(visible);
  if (known) return known;
  const index = indexOf(visible);
  indexes.set(visible, index);
  return index;
}

/** By what a namespace sees, which its targets share. */
const indexes = new WeakMap<readonly BoundVirtualService[], VirtualServiceIndex>();

function indexOf(visible: readonly BoundVirtualService[]): VirtualServiceIndex {
  const all = visible.filter(({ gateways }) => gateways.has(MESH));
  const byHost = groupBy(
    all.flatMap((service) => service.hosts.map((host) => ({ host, service }))),
    ({ host }) => host,
  );
  const wildcards = [...byHost.keys()].filter((host) => host.startsWith('*'));
  const claims = (host: string) => [
    ...new Set([host, ...wildcards.filter((wide) => hostWithin(host, wide))]),
  ];
  return {
    all,
    covering: (host) => {
      const sorted = claims(host).sort(bySpecificity);
      return [...new Set(sorted.flatMap((name) => (byHost.get(name) ?? []).map(({ service }) => service)))];
    },
  };
}
