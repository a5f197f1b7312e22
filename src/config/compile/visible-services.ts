import type { Scope } from './scope.ts';
import type { RegistryService } from './service-registry.ts';
import { visibleFrom } from './visibility.ts';

/** The services that the target's namespace can see, oldest first. */
export function visibleServices({ registry, target }: Scope): RegistryService[] {
  return registry.services.filter(({ namespace, exportTo }) =>
    visibleFrom(target.namespace, namespace, exportTo),
  );
}

/** The service of that full host name, if the target's namespace can see it. */
export function visibleService(host: string, { registry, target }: Scope): RegistryService | undefined {
  const service = registry.find(host);
  return service && visibleFrom(target.namespace, service.namespace, service.exportTo) ? service : undefined;
}
