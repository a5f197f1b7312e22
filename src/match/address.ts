/** An IP address as its bytes: 4 for IPv4 (also when written as IPv4-mapped IPv6), 16 for IPv6. */
export type Address = readonly number[];

/** Reads an address; brackets are not part of one, a zone (`%eth0`) is ignored. Undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  return unmapped(parseAddressAsWritten(text));
}

/** Reads an address and keeps the family in which it is written. */
export function parseAddressAsWritten(text: string): Address | undefined {
  if (text.length > 64) return undefined;
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Whether a 16-byte address lies in `::ffff:0:0/96`. */
export function isMapped(address: Address): boolean {
  if (address.length !== 16 || address[10] !== 0xff || address[11] !== 0xff) return false;
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false;
  return true;
}

function unmapped(address: Address | undefined): Address | undefined {
  return address !== undefined && isMapped(address) ? address.slice(12) : address;
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    // A leading zero means octal to some readers, so nobody may write one.
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes.push(Number(part));
  }
  return bytes;
}

function parseIpv6(text: string): number[] | undefined {
  const zone = text.indexOf('%');
  const sides = (zone < 0 ? text : text.slice(0, zone)).split('::');
  if (sides.length > 2) return undefined;
  const last = sides.length - 1;
  const head = parseGroups(sides[0] ?? '', last === 0);
  const tail = last === 0 ? [] : parseGroups(sides[last] ?? '', true);
  if (head === undefined || tail === undefined) return undefined;
  const gap = 16 - head.length - tail.length;
  if (last === 0 ? gap !== 0 : gap < 2) return undefined;
  return [...head, ...new Array<number>(gap).fill(0), ...tail];
}

/** Reads `a:b:c`, at the end of the address also `a:b:1.2.3.4`, into bytes. */
function parseGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [i, group] of groups.entries()) {
    if (atEnd && i === groups.length - 1 && group.includes('.')) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === undefined) return undefined;
      bytes.push(...ipv4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes.length > 16 ? undefined : bytes;
}
