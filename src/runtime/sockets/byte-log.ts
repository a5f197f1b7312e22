const FIRST = 1024;

/** Bytes that were copied one after another, so that no chunk holds the memory of a whole read. */
export class ByteLog {
  #buffer: Uint8Array;
  #length = 0;

  /** `expected` bytes fit without growing. */
  constructor(expected: number) {
    this.#buffer = new Uint8Array(expected);
  }

  get length(): number {
    return this.#length;
  }

  /** Everything so far; what is appended later does not change it. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.max(FIRST, length, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
