import type { RegistryService } from '../compile/service-registry.ts';
import { fullHost } from '../resource/host-name.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import type { Inventory } from './inventory.ts';
import { wildcardsOver } from './known-hosts.ts';

/** A destination that a VirtualService names. */
export interface NamedDestination {
  readonly owner: Resource<'VirtualService'>;
  /** Of the destination. */
  readonly path: FieldPath;
  readonly protocol: 'http' | 'tls' | 'tcp';
  /** Full, lower-case. */
  readonly host: string;
  readonly subset: string | undefined;
  readonly port: number | undefined;
}

/** Every destination of a VirtualService, mirrors included. */
export function destinationsOf(owner: Resource<'VirtualService'>): readonly NamedDestination[] {
  const { http, tls, tcp } = owner.spec;
  return [
    ...http.flatMap((rule, index) => routed(owner, 'http', index, rule.route)),
    ...http.flatMap((rule, index) => mirrored(owner, index, rule)),
    ...tls.flatMap((rule, index) => routed(owner, 'tls', index, rule.route)),
    ...tcp.flatMap((rule, index) => routed(owner, 'tcp', index, rule.route)),
  ];
}

/** The service of a host: exact, else the nearest ServiceEntry wildcard that covers it. */
export function serviceOf(host: string, { registry }: Inventory): RegistryService | undefined {
  const own = registry.find(host);
  if (own) return own;
  for (const name of wildcardsOver(host)) {
    const service = registry.find(name);
    if (service) return service;
  }
  return undefined;
}

/** The namespaces whose proxies follow a VirtualService; its own stands for "everywhere". */
export function clientsOf({ namespace, spec }: Resource<'VirtualService'>): string[] {
  const named = spec.exportTo.filter((to) => to !== '*');
  return named.length > 0 ? named.map((to) => (to === '.' ? namespace : to)) : [namespace];
}

type Owner = Resource<'VirtualService'>;
type HttpRule = Owner['spec']['http'][number];
type Destination = HttpRule['route'][number]['destination'];

function routed(
  owner: Owner,
  protocol: NamedDestination['protocol'],
  index: number,
  route: readonly { readonly destination: Destination }[],
): NamedDestination[] {
  return route.map(({ destination }, at) =>
    named(owner, protocol, ['spec', protocol, index, 'route', at, 'destination'], destination),
  );
}

function mirrored(owner: Owner, index: number, { mirror, mirrors }: HttpRule): NamedDestination[] {
  const at = ['spec', 'http', index];
  const one = mirror ? [named(owner, 'http', [...at, 'mirror'], mirror)] : [];
  const many = mirrors.map(({ destination }, i) =>
    named(owner, 'http', [...at, 'mirrors', i, 'destination'], destination),
  );
  return [...one, ...many];
}

function named(
  owner: Owner,
  protocol: NamedDestination['protocol'],
  path: FieldPath,
  { host, subset, port }: Destination,
): NamedDestination {
  return {
    owner,
    protocol,
    path,
    host: fullHost(host, owner.namespace),
    subset: subset || undefined,
    port: port?.number,
  };
}
