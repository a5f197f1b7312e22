import type { Resource } from '../resource/resource.ts';
import type { Scope } from './scope.ts';
import type { RegistryService, ServiceRegistry } from './service-registry.ts';
import { egressHosts, egressTo, sidecarOf } from './sidecar-resource.ts';
import { visibleFrom } from './visibility.ts';
import { type VisibilityIndex, visibilityIndex } from './visibility-index.ts';

/**
 * The services that the target's own routes are for, oldest first: those that its namespace can see, as far as its
 * Sidecar lets it (egress), with the ports that it lets it. Of one host that of its own namespace counts, else the
 * oldest.
 */
export function visibleServices(scope: Scope): readonly RegistryService[] {
  const { registry, target } = scope;
  let index = indexes.get(registry);
  if (!index) {
    index = byClient(registry);
    indexes.set(registry, index);
  }
  const all = index(target.namespace);
  const sidecar = sidecarOf(scope);
  return sidecar ? within(all, sidecar, target.namespace) : all;
}

/** Built once for a registry, which never changes. */
const indexes = new WeakMap<ServiceRegistry, VisibilityIndex<RegistryService>>();

function byClient(registry: ServiceRegistry): VisibilityIndex<RegistryService> {
  const visible = visibilityIndex(registry.all, (service) => service);
  const known = new Map<string, readonly RegistryService[]>();
  return (client) => {
    const found = known.get(client) ?? visible(client).filter((one) => isMeant(one, client, registry));
    known.set(client, found);
    return found;
  };
}

function isMeant(service: RegistryService, client: string, registry: ServiceRegistry): boolean {
  return meant(registry.named(service.host), client) === service;
}

/** Of the services of one host the one that a client of that namespace means. */
function meant(services: readonly RegistryService[], client: string): RegistryService | undefined {
  if (services.length === 1) return isVisible(services[0], client) ? services[0] : undefined;
  const visible = services.filter((service) => isVisible(service, client));
  return visible.find(({ namespace }) => namespace === client) ?? visible[0];
}

function isVisible(service: RegistryService | undefined, client: string): boolean {
  return service !== undefined && visibleFrom(client, service.namespace, service.exportTo);
}

/** What a Sidecar leaves of the services of a namespace, which its workloads share. */
const narrowed = new WeakMap<
  readonly RegistryService[],
  Map<Resource<'Sidecar'>, readonly RegistryService[]>
>();

function within(
  all: readonly RegistryService[],
  sidecar: Resource<'Sidecar'>,
  client: string,
): readonly RegistryService[] {
  const bySidecar = narrowed.get(all) ?? new Map<Resource<'Sidecar'>, readonly RegistryService[]>();
  narrowed.set(all, bySidecar);
  const known = bySidecar.get(sidecar);
  if (known) return known;
  const hosts = egressHosts(sidecar, client);
  const left = hosts === undefined ? all : all.flatMap((service) => portsWithin(service, hosts));
  bySidecar.set(sidecar, left);
  return left;
}

function portsWithin(
  service: RegistryService,
  hosts: Parameters<typeof egressTo>[0],
): readonly RegistryService[] {
  const found = egressTo(hosts, service.namespace, service.host);
  if (found.length === 0) return [];
  if (found.some(({ port }) => port === undefined)) return [service];
  const ports = service.ports.filter(({ number }) => found.some(({ port }) => port === number));
  return ports.length > 0 ? [{ ...service, ports }] : [];
}

/**
 * The service of that full host name, if the target's namespace can see it. A Sidecar does not hide it: what a visible
 * VirtualService leads to is in reach.
 */
export function visibleService(host: string, { registry, target }: Scope): RegistryService | undefined {
  return meant(registry.named(host), target.namespace);
}
