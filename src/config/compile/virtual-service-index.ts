import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { gatewayName, MESH } from './gateway-name.ts';
import { groupBy } from './group-by.ts';
import { bySpecificity, hostWithin } from './host-match.ts';
import type { ResourceSet } from './resource-set.ts';
import type { Scope } from './scope.ts';
import { type VisibilityIndex, visibilityIndex } from './visibility-index.ts';

/** The VirtualServices that the target can see, oldest first, each with its full host names and gateways. */
export interface BoundVirtualService {
  readonly resource: Resource<'VirtualService'>;
  readonly hosts: readonly string[];
  /** `mesh` and `namespace/name`. */
  readonly gateways: ReadonlySet<string>;
}

/** VirtualServices exported to the target's namespace. Those without hosts are delegates and bind nothing. */
export function visibleVirtualServices({ resources, target }: Scope): readonly BoundVirtualService[] {
  let index = bound.get(resources);
  if (!index) {
    const all = resources.of('VirtualService').map(bind);
    index = visibilityIndex(all, ({ resource }) => ({
      namespace: resource.namespace,
      exportTo: resource.spec.exportTo,
    }));
    bound.set(resources, index);
  }
  return index(target.namespace);
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
