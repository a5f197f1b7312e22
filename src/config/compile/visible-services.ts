import type { Scope } from './scope.ts';
import type { RegistryService, ServiceRegistry } from './service-registry.ts';
import { visibleFrom } from './visibility.ts';
import { type VisibilityIndex, visibilityIndex } from './visibility-index.ts';

/** The services that the target's namespace can see, oldest first. */
export function visibleServices({ registry, target }: Scope): readonly RegistryService[] {
  let index = indexes.get(registry);
  if (!index) {
    index = visibilityIndex(registry.services, (service) => service);
    indexes.set(registry, index);
  }
  return index(target.namespace);
}

/** Built once for a registry, which never changes. */
const indexes = new WeakMap<ServiceRegistry, VisibilityIndex<RegistryService>>();

/** The service of that full host name, if the target's namespace can see it. */
export function visibleService(host: string, { registry, target }: Scope): RegistryService | undefined {
  const service = registry.find(host);
  return service && visibleFrom(target.namespace, service.namespace, service.exportTo) ? service : undefined;
}
