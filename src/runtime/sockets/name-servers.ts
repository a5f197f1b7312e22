import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { canonicalAddress } from './socket-address.ts';

/** A resolver of the system, or one that an operator named. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

const DNS_PORT = 53;
/** As many as the C library asks. */
const MOST = 3;

/** The `nameserver` lines of a resolv.conf (resolv.conf(5)): the first three, in order. */
export function nameServers(text: string): ServerAddress[] {
  return text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => isIP(address) !== 0)
    .slice(0, MOST)
    .map((address) => ({ address: canonicalAddress(address), port: DNS_PORT }));
}

/** The system's own; none where the file cannot be read. */
export function systemNameServers(file = '/etc/resolv.conf'): ServerAddress[] {
  try {
    return nameServers(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}

/** Reads `10.0.0.2`, `10.0.0.2:5353`, `fd00::2` or `[fd00::2]:53`; undefined for what is no address. */
export function parseServerAddress(text: string): ServerAddress | undefined {
  if (isIP(text) !== 0) return { address: canonicalAddress(text), port: DNS_PORT };
  const [, six, four, written] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = six ?? four ?? '';
  const port = written === undefined ? DNS_PORT : Number(written);
  const isRight = isIP(address) === (six === undefined ? 4 : 6) && port > 0 && port < 65_536;
  return isRight ? { address: canonicalAddress(address), port } : undefined;
}
