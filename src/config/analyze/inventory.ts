import type { MeshSettings } from '../compile/mesh-settings.ts';
import { type ResourceSet, resourceSet } from '../compile/resource-set.ts';
import { type ServiceRegistry, serviceRegistry } from '../compile/service-registry.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';

/** What rules look at. */
export interface Inventory {
  /** In the order given. */
  readonly all: readonly Resource[];
  readonly resources: ResourceSet;
  readonly registry: ServiceRegistry;
  readonly mesh: MeshSettings;
}

/** A rule across resources. */
export type AnalysisRule = (inventory: Inventory) => Diagnostic[];

/** Sorts resources for the rules. */
export function inventoryOf(all: readonly Resource[], mesh: MeshSettings): Inventory {
  const resources = resourceSet(all);
  return { all, resources, registry: serviceRegistry(resources), mesh };
}
