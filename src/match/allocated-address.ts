import { parseAddress } from './address.ts';

/** Slots of 240.240.0.0/16 (class E, routed nowhere) whose last octet is neither 0 nor 255, as Istio allocates them. */
export const SLOTS = 256 * 254;

/** The pair of virtual addresses of a slot from 0: IPv4 of 240.240.0.0/16 and IPv6 of 2001:2::/48 (RFC 5180). */
export function allocatedAddresses(slot: number): readonly [ipv4: string, ipv6: string] {
  const [high, low] = [Math.floor(slot / 254), (slot % 254) + 1];
  return [`240.240.${high}.${low}`, `2001:2::f0f0:${((high << 8) | low).toString(16)}`];
}

/** Whether nothing but a proxy can be behind an address: it is of the ranges that are allocated from. */
export function isAllocated(address: string): boolean {
  const bytes = parseAddress(address);
  if (bytes?.length === 4) return bytes[0] === 240 && bytes[1] === 240;
  return bytes !== undefined && PREFIX.every((byte, at) => bytes[at] === byte);
}

const PREFIX = [0x20, 0x01, 0x00, 0x02, 0x00, 0x00];
