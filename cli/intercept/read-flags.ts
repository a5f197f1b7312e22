import { isIP } from 'node:net';
import { CommandError, exitCode } from '../exit-code.ts';
import { defaultInterception, type Interception, type PortRange } from './interception.ts';

/** What `weft intercept apply` is told; lists are separated by commas, `*` means all. */
export interface InterceptFlags {
  readonly proxyPort: number;
  readonly inboundPort: number;
  readonly dnsPort: number;
  readonly uid: number;
  readonly gid: number;
  readonly inboundPorts: string;
  readonly excludeInboundPorts: string;
  readonly outboundPorts: string;
  readonly excludeOutboundPorts: string;
  readonly outboundRanges: string;
  readonly excludeOutboundRanges: string;
  readonly excludeInterfaces: string;
  readonly dns: boolean;
}

/** Reads the lists; throws a usage error that names the flag and what is wrong with it. */
export function readInterception(flags: InterceptFlags): Interception {
  const { inboundPorts, excludeInboundPorts, outboundPorts, excludeOutboundPorts } = flags;
  const { outboundRanges, excludeOutboundRanges, excludeInterfaces } = flags;
  return {
    proxyPort: flags.proxyPort,
    inboundPort: flags.inboundPort,
    dnsPort: flags.dnsPort,
    proxyUid: flags.uid,
    proxyGid: flags.gid,
    inboundPorts: all(inboundPorts, (text) => portRange(text, '--inbound-ports')),
    excludedInboundPorts: [
      ...defaultInterception.excludedInboundPorts,
      ...words(excludeInboundPorts).map((text) => portRange(text, '--exclude-inbound-ports')),
    ],
    outboundPorts: all(outboundPorts, (text) => portRange(text, '--outbound-ports')),
    excludedOutboundPorts: words(excludeOutboundPorts).map((text) =>
      portRange(text, '--exclude-outbound-ports'),
    ),
    outboundRanges: all(outboundRanges, (text) => addressRange(text, '--outbound-ranges')),
    excludedOutboundRanges: words(excludeOutboundRanges).map((text) =>
      addressRange(text, '--exclude-outbound-ranges'),
    ),
    excludedInterfaces: words(excludeInterfaces).map(interfaceName),
    redirectDns: flags.dns,
  };
}

function words(list: string): string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function all<T>(list: string, read: (text: string) => T): T[] | undefined {
  return list.trim() === '*' ? undefined : words(list).map(read);
}

/** `80` or `8000-8100`. */
function portRange(text: string, flag: string): PortRange {
  const [first = '', last = first, ...more] = text.split('-');
  const range = { first: port(first), last: port(last) };
  if (more.length === 0 && range.first > 0 && range.first <= range.last && range.last < 65_536) return range;
  throw usage(`${flag}: ${text} is no port and no range of ports, such as 8080 or 8000-8100`);
}

function port(text: string): number {
  return /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. */
function addressRange(text: string, flag: string): string {
  const [address = '', length, ...more] = text.split('/');
  const family = isIP(address);
  const longest = family === 4 ? 32 : 128;
  const isLength = length === undefined || (/^[0-9]{1,3}$/.test(length) && Number(length) <= longest);
  // A zone is no part of a range, and nothing else that isIP takes has a percent sign.
  if (family !== 0 && isLength && more.length === 0 && !address.includes('%')) return text;
  throw usage(`${flag}: ${text} is no address and no range of addresses, such as 10.0.0.0/8 or fd00::/8`);
}

/** As Linux allows them, and without what nft gives a meaning to. */
function interfaceName(text: string): string {
  if (/^[A-Za-z0-9_.@-]{1,15}$/.test(text)) return text;
  throw usage(`--exclude-interfaces: ${text} is no name of an interface`);
}

function usage(message: string): CommandError {
  return new CommandError(`${message}\n(weft --help lists the commands)`, exitCode.usage);
}
