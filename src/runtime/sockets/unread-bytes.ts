import { DEFAULT_LIMITS } from '../../http/limits.ts';
import { after } from './after.ts';
import { giveBack, giveBackBuffer } from './read-memory.ts';

const EMPTY = new Uint8Array(0);

/**
 * Bytes that wait for the rest of a head. One chunk is kept as it came; more are gathered with room to grow, so
 * that a head that drips in costs its length and not its square. A long chunk is given back once it was copied or read
 * to its end: whoever appends it keeps nothing of it.
 */
export class UnreadBytes {
  #bytes: Uint8Array = EMPTY;
  /** Whether the memory behind the bytes is our own and may be written to. */
  #own = false;
  /** How many of the bytes were read as an incomplete head. */
  seen = 0;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  append(chunk: Uint8Array): void {
    const before = this.#bytes;
    if (before.length === 0) {
      this.#bytes = chunk;
      this.#own = false;
      return;
    }
    const at = before.length;
    const length = at + chunk.length;
    const start = before.byteOffset;
    if (this.#own && start + length <= before.buffer.byteLength) {
      this.#bytes = new Uint8Array(before.buffer, start, length);
    } else {
      const room = length < DEFAULT_LIMITS.bytes ? 2 * length : length;
      this.#bytes = new Uint8Array(new ArrayBuffer(room), 0, length);
      this.#bytes.set(before);
      this.#giveBack(before);
      this.#own = true;
    }
    this.#bytes.set(chunk, at);
    giveBack(chunk);
  }

  /** Takes everything out. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    this.clear();
    return bytes;
  }

  /** Drops the first bytes. */
  skip(length: number): void {
    const before = this.#bytes;
    this.#bytes = after(before, length);
    if (this.#bytes.length === 0) this.#giveBack(before);
    this.seen = 0;
  }

  /** Drops the first bytes and takes the others out. */
  takeAfter(length: number): Uint8Array {
    this.skip(length);
    return this.take();
  }

  /** Forgets everything; somebody else may have it. */
  clear(): void {
    this.#bytes = EMPTY;
    this.#own = false;
    this.seen = 0;
  }

  /** Throws everything away. */
  drop(): void {
    this.#giveBack(this.#bytes);
    this.clear();
  }

  #giveBack(bytes: Uint8Array): void {
    if (!this.#own) giveBack(bytes);
    else if (bytes.length > 0) giveBackBuffer(bytes.buffer);
  }
}
