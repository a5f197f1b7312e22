import { hexValue, isDigit } from './octets.ts';

/** Who a request is for. */
export interface Authority {
  /** `host` or `host:port`, lower-case. */
  readonly authority: string;
  /** Without the port and without one trailing dot; IPv6 keeps its brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * Reads a Host value or the authority of a request target: a DNS name of letters, digits, `-`, `_` and `.`,
 * a dotted IPv4 address or a bracketed IPv6 one without zone, and at most one port of 1 to 65535. Undefined
 * for all else: user info, spaces, lists, escapes, other number forms of an address.
 */
export function parseAuthority(text: string): Authority | undefined {
  // The next request is mostly for the same host.
  if (text !== lastText) {
    lastAuthority = readAuthority(text);
    lastText = text;
  }
  return lastAuthority;
}

let lastText = '';
let lastAuthority: Authority | undefined;

function readAuthority(text: string): Authority | undefined {
  const authority = text.toLowerCase();
  const hostEnd = portStart(authority);
  const name = authority.slice(0, hostEnd);
  if (!(isBracketed(name) ? isIpv6(name.slice(1, -1)) : isName(name))) return undefined;
  if (text !== authority && !isAscii(text)) return undefined;
  const host = withoutDot(name);
  if (hostEnd === authority.length) return { authority, host, port: undefined };
  const port = parsePort(authority.slice(hostEnd + 1));
  return port === undefined ? undefined : { authority, host, port };
}

/**
 * The parts of a lower-case authority that configuration may have written, whatever its characters: text after
 * the last colon that is no port belongs to the host.
 */
export function splitAuthority(authority: string): Pick<Authority, 'host' | 'port'> {
  const end = portStart(authority);
  const port = parsePort(authority.slice(end + 1));
  return { host: withoutDot(port === undefined ? authority : authority.slice(0, end)), port };
}

/** The index of the colon before the port, or the length when there is none. */
export function portStart(authority: string): number {
  const colon = authority.lastIndexOf(':');
  return colon > authority.lastIndexOf(']') ? colon : authority.length;
}

/** A TCP port in decimal without leading zeros, or undefined. */
export function parsePort(text: string): number | undefined {
  if (text.length === 0 || text.length > 5 || text.startsWith('0')) return undefined;
  for (let i = 0; i < text.length; i++) if (!isDigit(text.charCodeAt(i))) return undefined;
  const port = Number(text);
  return port <= 65535 ? port : undefined;
}

function isBracketed(name: string): boolean {
  return name.startsWith('[') && name.endsWith(']');
}

function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** Lower-casing maps a few letters, as the Kelvin sign, into ASCII. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function isName(name: string): boolean {
  if (name.length > 254) return false;
  let labelStart = 0;
  let last = name.length;
  for (let i = 0; i <= name.length; i++) {
    if (i < name.length && name.charCodeAt(i) !== 0x2e) {
      if (!isNameOctet(name.charCodeAt(i))) return false;
      continue;
    }
    if (i === labelStart && i === name.length && i > 0) break;
    if (i === labelStart || i - labelStart > 63) return false;
    last = labelStart;
    labelStart = i + 1;
  }
  return !isNumber(name, last) || isIpv4(withoutDot(name));
}

function isNameOctet(octet: number): boolean {
  return (octet >= 0x61 && octet <= 0x7a) || isDigit(octet) || octet === 0x2d || octet === 0x5f;
}

/**
 * Whether the label at `start` is one that address parsers read as a number (WHATWG URL, "ends in a
 * number").
 */
function isNumber(name: string, start: number): boolean {
  const hex = name.startsWith('0x', start);
  for (let i = hex ? start + 2 : start; i < name.length && name[i] !== '.'; i++) {
    const octet = name.charCodeAt(i);
    if (hex ? hexValue(octet) < 0 : !isDigit(octet)) return false;
  }
  return true;
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every(isDecimalOctet);
}

function isDecimalOctet(text: string): boolean {
  if (text.length === 0 || text.length > 3 || (text.length > 1 && text.startsWith('0'))) return false;
  for (let i = 0; i < text.length; i++) if (!isDigit(text.charCodeAt(i))) return false;
  return Number(text) < 256;
}

/** RFC 4291 §2.2, without a zone. */
function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const all = groups.flat();
  const embedded =
    all.length > 0 && text.endsWith(all.at(-1) as string) && (all.at(-1) as string).includes('.');
  const plain = embedded ? all.slice(0, -1) : all;
  if (!plain.every(isGroup) || (embedded && !isIpv4(all.at(-1) as string))) return false;
  const count = plain.length + (embedded ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}

function isGroup(text: string): boolean {
  return /^[0-9a-f]{1,4}$/.test(text);
}
