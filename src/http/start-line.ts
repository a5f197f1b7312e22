import type { Version } from './body-framing.ts';
import { isDigit } from './octets.ts';

const PREFIX = [0x48, 0x54, 0x54, 0x50, 0x2f];
const DOT = 0x2e;
const ONE = 0x31;
const ZERO = 0x30;

/** Octets of an HTTP version, `HTTP/1.1`. */
export const VERSION_LENGTH = 8;

/**
 * The version at `start` (RFC 9112 §2.3): which one, or that more is needed, or that none or a foreign one
 * is there.
 */
export function readVersion(
  bytes: Uint8Array,
  start: number,
  stop: number,
): Version | 'short' | 'malformed' | 'unsupported' {
  for (let i = 0; i < VERSION_LENGTH; i++) {
    if (start + i >= stop) return 'short';
    if (!fits(bytes[start + i] as number, i)) return 'malformed';
  }
  if (bytes[start + 5] !== ONE) return 'unsupported';
  const minor = bytes[start + 7];
  if (minor === ONE) return '1.1';
  return minor === ZERO ? '1.0' : 'unsupported';
}

function fits(octet: number, position: number): boolean {
  if (position < PREFIX.length) return octet === PREFIX[position];
  return position === 6 ? octet === DOT : isDigit(octet);
}
