import { parseAddress } from '../../match/address.ts';
import { isAllocated } from '../../match/allocated-address.ts';
import { compileCidr } from '../../match/cidr.ts';
import type { Predicate } from '../../match/predicate.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Connection, OriginalDestination } from './connection.ts';
import type { Decision } from './decision.ts';
import { localReply } from './reply.ts';
import type { Trace } from './trace.ts';
import type { DecideTunnel } from './tunnel-route.ts';

/**
 * How the bytes of an intercepted connection are read: as HTTP, not at all, as their beginning shows (HTTP, TLS with
 * a server name, or neither), or never, because nothing is there.
 */
export type InterceptedProtocol = 'http' | 'tcp' | 'detected' | 'none';

/** Tells what the application meant by the address that it connected to. */
export interface InterceptedRoutes {
  /** The one service that the address and port stand for; undefined when it is none, or several. */
  readonly service: (to: OriginalDestination) => string | undefined;
  readonly protocol: (to: OriginalDestination) => InterceptedProtocol;
  /** Where bytes go that nobody reads: by address, else by server name, else as outboundTrafficPolicy says. */
  decide(connection: Connection, trace?: Trace): Decision;
}

/** Compiled when the first connection is intercepted; most sidecars see none. `tunnel` knows hosts and ports. */
export function interceptedRoutes(
  snapshot: Snapshot,
  clusters: ReadonlyMap<string, Cluster>,
  tunnel: DecideTunnel,
): InterceptedRoutes {
  let services: Services | undefined;
  const known = (): Services => {
    services ??= new Services(snapshot, clusters);
    return services;
  };
  const service = (to: OriginalDestination) => known().one(to);
  return {
    service,
    protocol: (to) => known().protocol(to),
    decide: ({ original, serverName }, trace) => {
      if (original === undefined) return notIntercepted;
      const host = service(original) ?? serverName ?? bracketed(original.address);
      const decision = tunnel({ authority: host, host, port: original.port }, trace);
      return decision.kind === 'reply' ? localReply(0, decision.flag, decision.details) : decision;
    },
  };
}

const notIntercepted = localReply(0, 'NR', 'filter_chain_not_found');
const nobody: readonly string[] = [];

/** Services by address and port. */
class Services {
  readonly #ports = new Map<number, Set<string>>();
  readonly #http: ReadonlyMap<number, ReadonlySet<string>>;
  readonly #exact = new Map<string, string[]>();
  readonly #blocks: { readonly block: Predicate<string>; readonly length: number; readonly host: string }[] =
    [];

  constructor({ outbound, virtualAddresses = [] }: Snapshot, clusters: ReadonlyMap<string, Cluster>) {
    for (const { service, port, subset } of clusters.values())
      if (service !== '' && subset === '') addTo(this.#ports, port, service);
    this.#http = new Map(
      outbound.map(({ port, virtualHosts }) => [
        port,
        new Set(virtualHosts.flatMap(({ domains: [host] }) => host ?? [])),
      ]),
    );
    for (const { host, addresses } of virtualAddresses)
      for (const address of addresses) this.#add(host, address);
    this.#blocks.sort((a, b) => b.length - a.length);
  }

  one(to: OriginalDestination): string | undefined {
    const [first, ...others] = this.#all(to);
    return others.length === 0 ? first : undefined;
  }

  protocol(to: OriginalDestination): InterceptedProtocol {
    const hosts = this.#all(to);
    const http = this.#http.get(to.port);
    if (hosts.some((host) => http?.has(host))) return 'http';
    if (hosts.length === 1) return 'tcp';
    if (hosts.length === 0 && isAllocated(to.address)) return 'none';
    // A server that speaks first is not kept waiting where no declared service could be meant.
    return http !== undefined || this.#ports.has(to.port) ? 'detected' : 'tcp';
  }

  /** Those that have the port. */
  #all({ address, port }: OriginalDestination): readonly string[] {
    const onPort = this.#ports.get(port);
    if (onPort === undefined) return nobody;
    const exact = this.#exact.get(keyOf(address) ?? '')?.filter((host) => onPort.has(host)) ?? nobody;
    if (exact.length > 0) return exact;
    const widest = this.#blocks.find(({ block, host }) => onPort.has(host) && block.test(address));
    if (widest === undefined) return nobody;
    return this.#blocks.flatMap(({ block, length, host }) =>
      length === widest.length && onPort.has(host) && block.test(address) ? [host] : [],
    );
  }

  /** Of a block that cannot be read nothing is known: it was reported when it was compiled. */
  #add(host: string, address: string): void {
    const key = keyOf(address);
    if (key !== undefined) {
      const hosts = this.#exact.get(key);
      if (hosts) hosts.push(host);
      else this.#exact.set(key, [host]);
      return;
    }
    const length = Number(address.slice(address.indexOf('/') + 1));
    try {
      this.#blocks.push({ block: compileCidr(address), length, host });
    } catch {
      // What cannot be read matches nothing.
    }
  }
}

/** One text for all the ways to write an address. */
function keyOf(address: string): string | undefined {
  return parseAddress(address)?.join('.');
}

function addTo(map: Map<number, Set<string>>, key: number, value: string): void {
  const values = map.get(key);
  if (values) values.add(value);
  else map.set(key, new Set([value]));
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
