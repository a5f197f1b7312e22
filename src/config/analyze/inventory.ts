import { labelPairs } from '../compile/labels.ts';
import type { MeshSettings } from '../compile/mesh-settings.ts';
import { type ResourceSet, resourceSet } from '../compile/resource-set.ts';
import { servicesOf } from '../compile/selecting-services.ts';
import { type RegistryService, type ServiceRegistry, serviceRegistry } from '../compile/service-registry.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullHost } from '../resource/host-name.ts';
import type { Kind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { destinationsOf, type NamedDestination } from './destinations.ts';
import { type KnownHosts, knownHosts } from './known-hosts.ts';
import { type RunningPods, runningPods } from './running-pods.ts';

/** What rules look at. */
export interface Inventory {
  /** In the order given. */
  readonly all: readonly Resource[];
  readonly resources: ResourceSet;
  readonly registry: ServiceRegistry;
  readonly hosts: KnownHosts;
  readonly pods: RunningPods;
  /** Those that a VirtualService names, mirrors included. */
  readonly destinations: (owner: Resource<'VirtualService'>) => readonly NamedDestination[];
  readonly target: (rule: Resource<'DestinationRule'>) => RuleTarget;
  /** Those that select what a Deployment runs, oldest first. */
  readonly servicesBefore: (deployment: Resource<'Deployment'>) => readonly RegistryService[];
  readonly mesh: MeshSettings;
  /** ISTIO_META_DNS_AUTO_ALLOCATE of the mesh's proxies: hosts without addresses get some. */
  readonly addressesAllocated: boolean;
}

/** A rule across resources: what it finds in the whole mesh, or what it asks of its resources one by one. */
export type AnalysisRule = (inventory: Inventory) => Diagnostic[] | Visits;

/**
 * What is wrong with a resource, by its kind. They are shown namespace by namespace, in each kind by kind, the oldest
 * first; findings come in the order of the kinds here.
 */
export type Visits = { readonly [K in Kind]?: (resource: Resource<K>) => readonly Diagnostic[] } & {
  /** What all that were seen together show; comes last. */
  readonly end?: () => readonly Diagnostic[];
};

/** What a DestinationRule is for. */
export interface RuleTarget {
  /** Full, lower-case. */
  readonly host: string;
  readonly service: RegistryService | undefined;
}

/** Sorts resources for the rules. */
export function inventoryOf(
  all: readonly Resource[],
  mesh: MeshSettings,
  addressesAllocated = false,
): Inventory {
  const resources = resourceSet(all);
  const registry = serviceRegistry(resources);
  return {
    all,
    resources,
    registry,
    hosts: knownHosts(registry),
    pods: runningPods(resources),
    destinations: rememberLast(destinationsOf),
    target: rememberLast(({ namespace, spec }) => {
      const host = fullHost(spec.host, namespace);
      return { host, service: registry.find(host) };
    }),
    servicesBefore: rememberLast(({ namespace, spec }) =>
      servicesOf({ namespace, labels: labelPairs(spec.template.metadata.labels) }, registry),
    ),
    mesh,
    addressesAllocated,
  };
}

/** Rules that visit a resource ask the same, one after the other. */
function rememberLast<T, R>(find: (of: T) => R): (of: T) => R {
  let last: { readonly of: T; readonly found: R } | undefined;
  return (of) => {
    if (last?.of !== of) last = { of, found: find(of) };
    return last.found;
  };
}
