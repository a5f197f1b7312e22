/** A byte order mark is no part of ISO 8859-1. */
const ASCII = new TextDecoder('utf-8', { ignoreBOM: true });
const ENCODER = new TextEncoder();
/** Arguments of one call; engines bound them. */
const STRIDE = 4096;

/** So many octets more are decoded sooner than a view is made. */
const CHEAPER = 512;

/**
 * Octets as a string of the code units 0 to 255. `ascii` promises that none is above 127; then the string may
 * go on with anything after `end`.
 */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number, ascii: boolean): string {
  // Only for ASCII do UTF-8 and ISO 8859-1 agree, and the platform's decoder is much the faster.
  if (ascii)
    return ASCII.decode(start === 0 && bytes.length - end <= CHEAPER ? bytes : bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at += STRIDE) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + STRIDE, end)));
  }
  return text;
}

/** Writes a text of the code units 0 to 255 at the start of `into`, which has room for it. */
export function encodeLatin1(text: string, into: Uint8Array): void {
  const { read, written } = ENCODER.encodeInto(text, into);
  // As many octets as code units: it was ASCII, where the two encodings agree.
  if (read === text.length && written === text.length) return;
  for (let i = 0; i < text.length; i++) into[i] = text.charCodeAt(i);
}

/** `encodeLatin1` into bytes of its own. */
export function latin1Octets(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  encodeLatin1(text, octets);
  return octets;
}
