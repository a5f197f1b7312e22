/** No method of HTTP that is in use is longer, and HTTP/2 begins with `PRI`. */
const LONGEST_METHOD = 20;

/** Whether the first bytes of a plaintext connection can be the beginning of HTTP: a method in capitals, then a space. */
export function beginsLikeHttp(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, LONGEST_METHOD + 1);
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === SPACE) return at > 0;
    if ((byte < UPPER_A || byte > UPPER_Z) && byte !== HYPHEN) return false;
  }
  return end > 0 && end <= LONGEST_METHOD;
}

const SPACE = 0x20;
const HYPHEN = 0x2d;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
