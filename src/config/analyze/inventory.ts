import type { MeshSettings } from '../compile/mesh-settings.ts';
import { type ResourceSet, resourceSet } from '../compile/resource-set.ts';
import { type ServiceRegistry, serviceRegistry } from '../compile/service-registry.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';
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
  readonly mesh: MeshSettings;
  /** ISTIO_META_DNS_AUTO_ALLOCATE of the mesh's proxies: hosts without addresses get some. */
  readonly addressesAllocated: boolean;
}

/** A rule across resources. */
export type AnalysisRule = (inventory: Inventory) => Diagnostic[];

/** Sorts resources for the rules. */
export function inventoryOf(
  all: readonly Resource[],
  mesh: MeshSettings,
  addressesAllocated = false,
): Inventory {
  const resources = resourceSet(all);
  return {
    all,
    resources,
    registry: serviceRegistry(resources),
    hosts: knownHosts(resources),
    pods: runningPods(resources),
    mesh,
    addressesAllocated,
  };
}
