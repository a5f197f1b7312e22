const EMPTY = new Uint8Array(0);

/** What follows the first bytes; mostly nothing, and a view is not for free. */
export function after(bytes: Uint8Array, length: number): Uint8Array {
  return length === bytes.length ? EMPTY : bytes.subarray(length);
}
