/** Whether an IP address as text is one of the public internet: no host, link, site, carrier or test of its own. */
export function isPublicAddress(address: string): boolean {
  const v4 = parseV4(address);
  if (v4 !== undefined) return isPublicV4(v4);
  const v6 = parseV6(address);
  return v6 !== undefined && isPublicV6(v6);
}

/** Blocks of IPv4 that are not global (RFC 6890 and successors): first address and prefix length. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** As numbers: the block, and how far it reaches. */
const BLOCKS = PRIVATE_V4.map(([first, length]) => ({
  first: parseV4(first) ?? 0,
  size: 2 ** (32 - length),
}));

function isPublicV4(address: number): boolean {
  return !BLOCKS.some(({ first, size }) => address >= first && address < first + size);
}

/** Only 2000::/3 is global, and of it not what carries an IPv4 address or documents something. */
function isPublicV6(groups: readonly number[]): boolean {
  const [a = 0, b = 0] = groups;
  if ((a & 0xe000) !== 0x2000) return false;
  if (a === 0x2002) return false;
  return !(a === 0x2001 && (b < 0x0200 || b === 0x0db8)) && a !== 0x3fff;
}

function parseV4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

/** Eight groups of 16 bits; undefined when the text is no IPv6 address (a zone is none). */
function parseV6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return undefined;
  const [head = [], tail = []] = halves.map(groupsOf);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  return groups.every((group) => Number.isInteger(group) && group >= 0 && group < 65536) ? groups : undefined;
}

function groupsOf(half: string): number[] {
  if (half === '') return [];
  return half.split(':').flatMap((group) => {
    const v4 = parseV4(group);
    if (v4 !== undefined) return [Math.floor(v4 / 65536), v4 % 65536];
    return /^[0-9a-fA-F]{1,4}$/.test(group) ? [Number.parseInt(group, 16)] : [Number.NaN];
  });
}
