const EMPTY = new Uint8Array();

/**
 * Reads a length-prefixed binary structure (RFC 8446 §3). A read beyond the end sets `failed` and gives
 * nothing.
 */
export class OctetReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True at the end and after a failure. */
  get atEnd(): boolean {
    return this.failed || this.#at === this.#bytes.length;
  }

  /** The next `length` octets, as a view. */
  take(length: number): Uint8Array {
    if (this.failed || this.#bytes.length - this.#at < length) {
      this.failed = true;
      return EMPTY;
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A big-endian number of up to four octets. */
  number(octets: number): number {
    let value = 0;
    for (const octet of this.take(octets)) value = value * 256 + octet;
    return value;
  }

  /** What a length of `octets` octets precedes. */
  vector(octets: number): Uint8Array {
    return this.take(this.number(octets));
  }
}
