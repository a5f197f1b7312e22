import { parseAddress } from '../match/address.ts';
import { buildHostIndex, type HostIndex } from '../match/host-match.ts';
import type { VirtualAddresses } from '../snapshot/snapshot.ts';

/** What a name of the mesh stands for; addresses as their bytes. */
export interface KnownName {
  readonly ipv4: readonly Uint8Array[];
  readonly ipv6: readonly Uint8Array[];
  /** Whether nobody outside the mesh knows anything of the name. */
  readonly meshOnly: boolean;
}

const SERVICE_DOMAIN = '.svc.cluster.local';

/**
 * The names of a snapshot's services: exact ones, `*.x`, and the shorter ones that Kubernetes' search path makes of a
 * Service's, `reviews` only for clients of its own namespace.
 */
export class NameTable {
  readonly #index: HostIndex<KnownName>;

  constructor(services: readonly VirtualAddresses[], namespace: string) {
    const named = services.flatMap((service) => {
      const known = knownName(service);
      return known.ipv4.length + known.ipv6.length > 0 ? [{ host: service.host, known }] : [];
    });
    // Full names first: of two that could mean the same, a shorter one gives way.
    this.#index = buildHostIndex([
      ...named.map(({ host, known }) => ({ domains: [host], value: known })),
      ...named.map(({ host, known }) => ({ domains: aliases(host, namespace), value: known })),
    ]);
  }

  /** For a lower-case name without its last dot. */
  find(name: string): KnownName | undefined {
    return this.#index.find(name)?.value;
  }
}

function knownName({ host, addresses }: VirtualAddresses): KnownName {
  const read = addresses.flatMap((text) => {
    const address = parseAddress(text);
    return address === undefined ? [] : [Uint8Array.from(address)];
  });
  return {
    ipv4: read.filter(({ length }) => length === 4),
    ipv6: read.filter(({ length }) => length === 16),
    meshOnly: host.endsWith(SERVICE_DOMAIN),
  };
}

function aliases(host: string, namespace: string): string[] {
  if (!host.endsWith(SERVICE_DOMAIN) || host.startsWith('*')) return [];
  const short = host.slice(0, -SERVICE_DOMAIN.length);
  const dot = short.indexOf('.');
  const local = dot > 0 && short.slice(dot + 1) === namespace ? [short.slice(0, dot)] : [];
  return [`${short}.svc`, short, ...local];
}
