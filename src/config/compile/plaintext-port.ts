import { groupBy } from './group-by.ts';
import { selects } from './labels.ts';
import type { RegistryService, ServiceRegistry } from './service-registry.ts';
import { type Workload, workloadPort } from './workload.ts';

/** Workload ports that services open, sorted; each is an inbound listener of the workload's sidecar. */
export function openPorts(workload: Workload, registry: ServiceRegistry): number[] {
  const open = new Set<number>();
  for (const service of servicesOf(workload, registry)) {
    for (const port of service.ports) {
      const number = workloadPort(port, workload.ports);
      if (number !== undefined) open.add(number);
    }
  }
  return [...open].sort((a, b) => a - b);
}

/**
 * The workload port that a plaintext connection means: a sidecar has one inbound port and only mesh TLS names a
 * port behind it, so plaintext can only mean its first listener. Undefined when no service opens a port.
 */
export function plaintextPort(workload: Workload, registry: ServiceRegistry): number | undefined {
  return openPorts(workload, registry)[0];
}

/** The services that a workload is behind, oldest first. */
export function servicesOf(
  { namespace, labels }: Pick<Workload, 'namespace' | 'labels'>,
  registry: ServiceRegistry,
): RegistryService[] {
  return selectingServices(registry, namespace).filter(({ behind }) =>
    behind.some((selector) => selects(selector, labels)),
  );
}

const byNamespace = new WeakMap<ServiceRegistry, ReadonlyMap<string, readonly RegistryService[]>>();

/** The services of a namespace that select workloads; grouped once for a registry, which never changes. */
function selectingServices(registry: ServiceRegistry, namespace: string): readonly RegistryService[] {
  let groups = byNamespace.get(registry);
  if (!groups) {
    const all = registry.services.filter(({ behind }) => behind.length > 0);
    groups = groupBy(all, (service) => service.namespace);
    byNamespace.set(registry, groups);
  }
  return groups.get(namespace) ?? [];
}
