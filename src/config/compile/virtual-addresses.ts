import { parseAddress } from '../../match/address.ts';
import { allocatedAddresses, SLOTS } from '../../match/allocated-address.ts';
import type { VirtualAddresses } from '../../snapshot/snapshot.ts';
import type { Scope } from './scope.ts';
import type { RegistryService, ServiceRegistry } from './service-registry.ts';
import { visibleServices } from './visible-services.ts';

/**
 * The virtual addresses of the services in reach of a sidecar, sorted by host: a ServiceEntry's own `addresses`, a
 * Service's clusterIPs, else two that are allocated by its host, the same for every proxy of the mesh.
 */
export function virtualAddresses(scope: Scope): VirtualAddresses[] {
  if (scope.target.kind === 'gateway') return [];
  const allocated = allocationOf(scope.registry);
  return visibleServices(scope)
    .flatMap((service) => {
      const addresses = ownAddresses(service) ?? allocated.get(service.host);
      return addresses ? [{ host: service.host, addresses }] : [];
    })
    .sort((a, b) => (a.host < b.host ? -1 : 1));
}

type Allocation = ReadonlyMap<string, readonly string[]>;

/** Made once for a registry, which never changes. */
const allocations = new WeakMap<ServiceRegistry, Allocation>();

function allocationOf(registry: ServiceRegistry): Allocation {
  const known = allocations.get(registry);
  if (known) return known;
  const hosts = registry.all.filter(wantsAllocation).map(({ host }) => host);
  const made = allocate([...new Set(hosts)].sort());
  allocations.set(registry, made);
  return made;
}

/**
 * A slot for each host: that of its hash, or the next free one. With more hosts than slots the rest stays without.
 * As in Istio, another host may take a slot over when configuration changes and their hashes collide.
 */
export function allocate(hosts: readonly string[]): Allocation {
  const taken = new Set<number>();
  const made = new Map<string, readonly string[]>();
  for (const host of hosts.slice(0, SLOTS)) {
    let slot = hash(host) % SLOTS;
    while (taken.has(slot)) slot = (slot + 1) % SLOTS;
    taken.add(slot);
    made.set(host, allocatedAddresses(slot));
  }
  return made;
}

/** Undefined where configuration names none. */
function ownAddresses({ resource }: RegistryService): readonly string[] | undefined {
  if (resource.kind === 'ServiceEntry') {
    const { addresses } = resource.spec;
    return addresses.length > 0 ? addresses : undefined;
  }
  const { clusterIP, clusterIPs = [] } = resource.spec;
  const own = [...new Set([...clusterIPs, clusterIP ?? ''])].filter((one) => parseAddress(one) !== undefined);
  return own.length > 0 ? own : undefined;
}

/** What is dialled as it was asked for wants the true address, and a wildcard is no one's name. */
function wantsAllocation(service: RegistryService): boolean {
  const { resource, host, ports } = service;
  if (ports.length === 0 || host.startsWith('*') || ownAddresses(service) !== undefined) return false;
  if (resource.kind === 'Service') return true;
  const { resolution } = resource.spec;
  return resolution !== 'NONE' && resolution !== 'DYNAMIC_DNS';
}

/** FNV-1a, 32 bits. */
function hash(host: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < host.length; at++) value = Math.imul(value ^ host.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
