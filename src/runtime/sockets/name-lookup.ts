import { lookup, Resolver } from 'node:dns/promises';
import { type FoundAddress, HostAddresses, type NameLookup } from './host-addresses.ts';

/** A server that does not answer is given up after this; asked twice. */
const TIMEOUT_MS = 2_000;

/**
 * Looks names up: in DNS with TTL (Node, Deno and Bun tell it), and where DNS does not know them, or for names
 * of this machine, by the system's own lookup (hosts file, search domains), which tells none.
 */
export function nameLookup(resolver: Resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 })): NameLookup {
  return async (name) => {
    // RFC 6761 §6.3: never asked of a server.
    const local = name === 'localhost' || name.endsWith('.localhost');
    const found = local ? [] : await askServers(resolver, name);
    return found.length > 0 ? found : askSystem(local ? 'localhost' : name);
  };
}

/** What this process knows of names. */
export const SYSTEM_ADDRESSES = new HostAddresses(nameLookup());

async function askServers(resolver: Resolver, name: string): Promise<readonly FoundAddress[]> {
  const answers = await Promise.allSettled([
    resolver.resolve6(name, { ttl: true }),
    resolver.resolve4(name, { ttl: true }),
  ]);
  return answers.flatMap((answer) =>
    answer.status === 'fulfilled'
      ? answer.value.map(({ address, ttl }) => ({ address, ttlMs: ttl * 1000 }))
      : [],
  );
}

async function askSystem(name: string): Promise<readonly FoundAddress[]> {
  const found = await lookup(name, { all: true, order: 'verbatim' });
  return found.map(({ address }) => ({ address, ttlMs: undefined }));
}
