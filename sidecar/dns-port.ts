import { NameTable } from '../src/dns/name-table.ts';
import type { ProxyState } from '../src/proxy/proxy-state.ts';
import type { Log, Random } from '../src/runtime/ports.ts';
import { DnsServer } from '../src/runtime/sockets/dns-server.ts';
import { DnsUpstream } from '../src/runtime/sockets/dns-upstream.ts';
import { type ServerAddress, systemNameServers } from '../src/runtime/sockets/name-servers.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';

export interface DnsPortParts {
  readonly options: {
    /** Undefined = not opened. */
    readonly dnsPort: number | undefined;
    readonly dnsServers: readonly ServerAddress[] | undefined;
  };
  readonly state: ProxyState;
  readonly random: Random;
  readonly log: Log;
}

/** Opens the port that answers the application's DNS from the snapshot in force; undefined where none is wanted. */
export async function openDns({ options, state, random, log }: DnsPortParts): Promise<DnsServer | undefined> {
  if (options.dnsPort === undefined) return undefined;
  const servers = options.dnsServers ?? systemNameServers();
  if (servers.length === 0)
    log.warn('no resolver of the system is known: names outside the mesh are not found');
  const upstream = new DnsUpstream({ servers, random });
  return DnsServer.open({ port: options.dnsPort, table: tableOf(state), upstream, log });
}

/** The names of the snapshot in force, made when it is first asked for. */
function tableOf(state: ProxyState): () => NameTable | undefined {
  let made: { readonly snapshot: Snapshot; readonly table: NameTable } | undefined;
  return () => {
    const snapshot = state.active?.snapshot;
    if (snapshot === undefined) return undefined;
    if (made?.snapshot !== snapshot) {
      const { virtualAddresses = [], target } = snapshot;
      made = { snapshot, table: new NameTable(virtualAddresses, target.namespace) };
    }
    return made.table;
  };
}
