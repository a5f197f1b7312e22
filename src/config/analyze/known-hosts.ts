import type { RegistryService, ServiceRegistry } from '../compile/service-registry.ts';
import { visibleFrom } from '../compile/visibility.ts';

/** Every host of the mesh, those of several ServiceEntries included. */
export interface KnownHosts {
  readonly names: readonly string[];
  /** Whether somebody has exactly this host, visible or not. */
  has(host: string): boolean;
  /** Whether somebody has this host or a wildcard over it, visible or not. */
  covers(host: string): boolean;
  /** Those of a host that one of the namespaces sees; where there are none, those of wildcards over it. */
  find(host: string, clients: readonly string[]): readonly RegistryService[];
}

/** Tells the hosts of a registry. */
export function knownHosts(registry: ServiceRegistry): KnownHosts {
  const has = (host: string) => registry.find(host) !== undefined;
  let names: readonly string[] | undefined;
  return {
    get names() {
      names ??= [...new Set(registry.all.map(({ host }) => host))];
      return names;
    },
    has,
    covers: (host) => has(host) || wildcardsOver(host).some(has),
    find: (host, clients) => {
      const own = visible(registry.declared(host), clients);
      return own.length > 0
        ? own
        : wildcardsOver(host).flatMap((name) => visible(registry.declared(name), clients));
    },
  };
}

/** `*.b.c`, `*.c` and `*` of `a.b.c`. */
export function wildcardsOver(host: string): string[] {
  const labels = host.split('.');
  return [...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`), '*'].filter(
    (name) => name !== host,
  );
}

function visible(hosts: readonly RegistryService[], clients: readonly string[]): readonly RegistryService[] {
  return hosts.filter(({ namespace, exportTo }) =>
    clients.some((client) => visibleFrom(client, namespace, exportTo)),
  );
}
