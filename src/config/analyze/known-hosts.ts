import type { ResourceSet } from '../compile/resource-set.ts';
import { visibleFrom } from '../compile/visibility.ts';

/** A host that a Service or a ServiceEntry has. */
export interface KnownHost {
  /** Full, lower-case; may be `*.x` or `*`. */
  readonly host: string;
  readonly kind: 'Service' | 'ServiceEntry';
  readonly namespace: string;
  readonly exportTo: readonly string[] | undefined;
  readonly ports: readonly number[];
}

/** Every host of the mesh, those of several ServiceEntries included. */
export interface KnownHosts {
  readonly names: readonly string[];
  /** Whether somebody has exactly this host, visible or not. */
  has(host: string): boolean;
  /** Whether somebody has this host or a wildcard over it, visible or not. */
  covers(host: string): boolean;
  /** Those of a host that one of the namespaces sees; where there are none, those of wildcards over it. */
  find(host: string, clients: readonly string[]): readonly KnownHost[];
}

/** Collects the hosts. */
export function knownHosts(resources: ResourceSet): KnownHosts {
  const byHost = new Map<string, KnownHost[]>();
  for (const known of [...services(resources), ...entries(resources)]) {
    const same = byHost.get(known.host);
    if (same) same.push(known);
    else byHost.set(known.host, [known]);
  }
  return {
    names: [...byHost.keys()],
    has: (host) => byHost.has(host),
    covers: (host) => byHost.has(host) || wildcardsOver(host).some((name) => byHost.has(name)),
    find: (host, clients) => {
      const own = visible(byHost.get(host), clients);
      return own.length > 0 ? own : wildcardsOver(host).flatMap((name) => visible(byHost.get(name), clients));
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

function visible(hosts: readonly KnownHost[] = [], clients: readonly string[]): readonly KnownHost[] {
  return hosts.filter(({ namespace, exportTo }) =>
    clients.some((client) => visibleFrom(client, namespace, exportTo)),
  );
}

const EXPORT_TO = 'networking.istio.io/exportTo';

function services(resources: ResourceSet): KnownHost[] {
  return resources.of('Service').map(({ name, namespace, spec, annotations }) => ({
    host: `${name}.${namespace}.svc.cluster.local`.toLowerCase(),
    kind: 'Service',
    namespace,
    exportTo: annotations
      .get(EXPORT_TO)
      ?.split(',')
      .map((entry) => entry.trim()),
    ports: spec.ports.map(({ port }) => port),
  }));
}

function entries(resources: ResourceSet): KnownHost[] {
  return resources.of('ServiceEntry').flatMap(({ namespace, spec }) =>
    spec.hosts.map((host) => ({
      host: host.toLowerCase(),
      kind: 'ServiceEntry' as const,
      namespace,
      exportTo: spec.exportTo,
      ports: spec.ports.map(({ number }) => number),
    })),
  );
}
