import { type Address, isMapped, parseAddress, parseAddressAsWritten } from './address.ts';
import type { Predicate } from './predicate.ts';

/** A block or an address that cannot be read. */
export class CidrError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CidrError';
  }
}

/**
 * Compiles `10.0.0.0/8`, `2001:db8::/32` or a single address. The families never match each other, but
 * IPv4-mapped IPv6 counts as IPv4. Text that is no address matches nothing. Throws CidrError.
 */
export function compileCidr(block: string): Predicate<string> {
  const { base, length } = parseCidr(block);
  return {
    test: (text) => {
      const address = parseAddress(text);
      return address !== undefined && address.length === base.length && sameBits(address, base, length);
    },
    explain: () => `in ${block}`,
  };
}

interface Block {
  readonly base: Address;
  readonly length: number;
}

function parseCidr(block: string): Block {
  const slash = block.indexOf('/');
  const base = parseAddressAsWritten(slash < 0 ? block : block.slice(0, slash));
  if (base === undefined) throw new CidrError(`"${block}" is not an IP address or block`);
  const bits = base.length * 8;
  const length = slash < 0 ? bits : parseLength(block.slice(slash + 1), bits);
  if (length === undefined) throw new CidrError(`"${block}" has no valid prefix length`);
  if (isMapped(base) && length >= 96) return { base: base.slice(12), length: length - 96 };
  return { base, length };
}

function parseLength(text: string, bits: number): number | undefined {
  if (!/^(0|[1-9][0-9]{0,2})$/.test(text)) return undefined;
  const length = Number(text);
  return length <= bits ? length : undefined;
}

function sameBits(address: Address, base: Address, length: number): boolean {
  const whole = length >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== base[i]) return false;
  const rest = length & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return ((address[whole] ?? 0) & mask) === ((base[whole] ?? 0) & mask);
}
