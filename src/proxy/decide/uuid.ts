import { HEX } from './hex.ts';

/** A version 4 UUID (RFC 9562 §5.4) of 16 random bytes. */
export function uuid(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    const byte = bytes[i] ?? 0;
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte];
  }
  return text;
}
