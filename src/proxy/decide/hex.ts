const DIGITS = new TextEncoder().encode('0123456789abcdef');
const ASCII = new TextDecoder();

/** Octets as lower-case hexadecimal digits: decoded at once, as adding them up one by one costs twice as much. */
export function hex(octets: Uint8Array): string {
  const text = new Uint8Array(octets.length * 2);
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i] as number;
    text[2 * i] = DIGITS[octet >> 4] as number;
    text[2 * i + 1] = DIGITS[octet & 0x0f] as number;
  }
  return ASCII.decode(text);
}
