import type { HostMatch } from '../../match/host-match.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Shard } from '../../snapshot/shard.ts';
import { CompiledVirtualHost } from './compiled-virtual-host.ts';

/** Memory for each stored byte of a virtual host, once it is decoded and its routes are compiled. */
const MEMORY_PER_BYTE = 10;

/** A virtual host of a loaded shard: decoded when it is first asked for, and open when its endpoints are there, too. */
export class LoadedHost {
  readonly domains: readonly string[];
  /** Whether the endpoints of its services were asked for; requests wait until they were. */
  open = false;
  /** Grows with every request for it. */
  usedAt = 0;
  readonly #shard: Shard;
  readonly #index: number;
  #compiled: Compiled | undefined;

  constructor(shard: Shard, index: number) {
    this.#shard = shard;
    this.#index = index;
    this.domains = shard.entries[index]?.domains ?? [];
  }

  /** Decodes and compiles it, if that is not done. Throws SnapshotError and RegexError. */
  compile(): Compiled {
    this.#compiled ??= compiled(this.#shard, this.#index);
    return this.#compiled;
  }

  /** Undefined until `compile` was called. */
  get compiled(): Compiled | undefined {
    return this.#compiled;
  }

  /** Bytes beyond those of the shard. */
  get cost(): number {
    return this.#compiled === undefined ? 0 : (this.#shard.entries[this.#index]?.size ?? 0) * MEMORY_PER_BYTE;
  }
}

interface Compiled {
  readonly routes: CompiledVirtualHost;
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Services of the registry among them. */
  readonly services: readonly string[];
}

/** What a domain of a shard leads to. */
export class LoadedDomain implements HostMatch<CompiledVirtualHost> {
  readonly domain: string;
  readonly host: LoadedHost;

  constructor(domain: string, host: LoadedHost) {
    this.domain = domain;
    this.host = host;
  }

  get value(): CompiledVirtualHost {
    return (this.host.compiled ?? this.host.compile()).routes;
  }
}

/** A shard ready to decide with; it needs nothing of its snapshot, so that a new one can take it over. */
export class LoadedShard {
  readonly address: string;
  readonly hosts: readonly LoadedHost[];
  /** Grows with every request for it. */
  usedAt = 0;
  readonly #size: number;
  readonly #listeners = new Map<number, Domains>();

  /** `size` is that of its bytes, as stored. */
  constructor(shard: Shard, address: string, size: number) {
    this.address = address;
    this.#size = size;
    this.hosts = shard.entries.map(({ listeners }, i) => this.#add(new LoadedHost(shard, i), listeners));
  }

  /** What it takes of memory, in bytes. */
  get cost(): number {
    let cost = this.#size;
    for (const host of this.hosts) cost += host.cost;
    return cost;
  }

  /** What a listener has for an exact name, or for the suffix of a wildcard: `.b.c` of `*.b.c`, empty of `*`. */
  find(listener: number, name: string, wildcard: boolean): LoadedDomain | undefined {
    const domains = this.#listeners.get(listener);
    return wildcard ? domains?.wildcards.get(name) : domains?.names.get(name);
  }

  /** The same on all listeners. */
  findAll(name: string, wildcard: boolean): LoadedHost[] {
    const listeners = [...this.#listeners.keys()];
    return listeners.flatMap((listener) => this.find(listener, name, wildcard)?.host ?? []);
  }

  #add(host: LoadedHost, listeners: readonly number[]): LoadedHost {
    for (const listener of listeners) {
      const known = this.#listeners.get(listener) ?? { names: new Map(), wildcards: new Map() };
      this.#listeners.set(listener, known);
      for (const domain of host.domains) addDomain(known, new LoadedDomain(domain, host));
    }
    return host;
  }
}

interface Domains {
  readonly names: Map<string, LoadedDomain>;
  readonly wildcards: Map<string, LoadedDomain>;
}

function addDomain({ names, wildcards }: Domains, found: LoadedDomain): void {
  const { domain } = found;
  if (domain === '*' || domain.startsWith('*.')) wildcards.set(domain.slice(1), found);
  else names.set(domain, found);
}

function compiled(shard: Shard, index: number): Compiled {
  const { host, clusters: list } = shard.host(index);
  const clusters = new Map(list.map((cluster) => [cluster.name, cluster]));
  const registered = list.filter(({ discovery }) => discovery.kind === 'registry');
  const services = [...new Set(registered.map(({ service }) => service))];
  return { routes: new CompiledVirtualHost(host, clusters), clusters, services };
}
