const ASCII = new TextDecoder();
/** Arguments of one call; engines bound them. */
const STRIDE = 4096;

/** Octets as a string of the code units 0 to 255. `ascii` promises that none is above 127. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number, ascii: boolean): string {
  // Only for ASCII do UTF-8 and ISO 8859-1 agree, and the platform's decoder is much the faster.
  if (ascii) return ASCII.decode(bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at += STRIDE) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + STRIDE, end)));
  }
  return text;
}

/** Writes `text` at `at` and returns the offset after it. Throws where `allowed` lacks an octet. */
export function encodeLatin1(text: string, allowed: Uint8Array, into: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const octet = text.charCodeAt(i);
    if (!allowed[octet]) throw new TypeError(`illegal octet 0x${octet.toString(16)} in a message head`);
    into[at + i] = octet;
  }
  return at + text.length;
}
