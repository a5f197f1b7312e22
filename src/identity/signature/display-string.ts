/** The display string that begins at `start`, and where it ends (RFC 9651 §4.2.10); undefined where none does. */
export function scanDisplay(
  text: string,
  start: number,
): { readonly value: string; readonly end: number } | undefined {
  if (!text.startsWith('%"', start)) return undefined;
  const octets: number[] = [];
  for (let at = start + 2; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const value = decode(octets);
      return value === undefined ? undefined : { value, end: at + 1 };
    }
    if (code < 0x20 || code > 0x7e) return undefined;
    if (code !== PERCENT) {
      octets.push(code);
      continue;
    }
    const digits = text.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/.test(digits)) return undefined;
    octets.push(Number.parseInt(digits, 16));
    at += 2;
  }
  return undefined;
}

/** Writes one; what is neither visible ASCII nor a space, quotes and percent signs are written in hexadecimal (§4.1.11). */
export function writeDisplay(value: string): string {
  let text = '%"';
  for (const octet of new TextEncoder().encode(value)) {
    const plain = octet >= 0x20 && octet <= 0x7e && octet !== PERCENT && octet !== QUOTE;
    text += plain ? String.fromCharCode(octet) : `%${octet.toString(16).padStart(2, '0')}`;
  }
  return `${text}"`;
}

const QUOTE = 0x22;
const PERCENT = 0x25;

function decode(octets: readonly number[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(octets));
  } catch {
    return undefined;
  }
}
