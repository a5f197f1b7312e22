import { HeaderBlockBound } from './header-block-bound.ts';

/** What one client may send, by what it would cost to take it in. */
export interface H2InputLimits {
  /** Octets of one header list, decoded. */
  readonly headBytes: number;
  /** Streams opened within one read. */
  readonly streams: number;
}

const PREFACE_LENGTH = 24;
const HEAD_LENGTH = 9;
const HEADERS = 1;
const CONTINUATION = 9;
const PADDED = 0x8;
const PRIORITY = 0x20;
const PRIORITY_LENGTH = 5;

/**
 * Watches what an HTTP/2 client sends, frame by frame (RFC 9113 §4.1), before anybody decodes it. It judges cost
 * alone: what is malformed is left to the decoder.
 */
export class H2Input {
  readonly #limits: H2InputLimits;
  readonly #bound = new HeaderBlockBound();
  readonly #head = new Uint8Array(HEAD_LENGTH);
  #headRead = 0;
  #preface = PREFACE_LENGTH;
  #type = 0;
  /** Octets of the payload that are left. */
  #left = 0;
  /** Whether the next octet says how long the padding is. */
  #padded = false;
  /** Octets before the header block, and after it. */
  #lead = 0;
  #tail = 0;
  #opened = 0;

  constructor(limits: H2InputLimits) {
    this.#limits = limits;
  }

  /** Takes what was read in one go; false when that costs more than any client needs. */
  accepts(bytes: Uint8Array): boolean {
    this.#opened = 0;
    let at = Math.min(this.#preface, bytes.length);
    this.#preface -= at;
    while (at < bytes.length) {
      at = this.#left > 0 ? this.#payload(bytes, at) : this.#frame(bytes, at);
      if (this.#bound.size > this.#limits.headBytes || this.#opened > this.#limits.streams) return false;
    }
    return true;
  }

  #frame(bytes: Uint8Array, start: number): number {
    const head = this.#head;
    let at = start;
    while (this.#headRead < HEAD_LENGTH && at < bytes.length) head[this.#headRead++] = bytes[at++] ?? 0;
    if (this.#headRead < HEAD_LENGTH) return at;
    this.#headRead = 0;
    const [high = 0, middle = 0, low = 0, type = 0, flags = 0] = head;
    this.#begin(high * 65_536 + middle * 256 + low, type, flags);
    return at;
  }

  #begin(length: number, type: number, flags: number): void {
    this.#left = length;
    this.#type = type;
    this.#padded = type === HEADERS && (flags & PADDED) !== 0;
    this.#lead = type === HEADERS && (flags & PRIORITY) !== 0 ? PRIORITY_LENGTH : 0;
    this.#tail = 0;
    if (type !== HEADERS) return;
    this.#opened++;
    this.#bound.begin();
  }

  #payload(bytes: Uint8Array, at: number): number {
    if (this.#padded) {
      this.#padded = false;
      this.#tail = bytes[at] ?? 0;
      this.#left--;
      return at + 1;
    }
    const wanted =
      this.#lead > 0 ? this.#lead : this.#left > this.#tail ? this.#left - this.#tail : this.#left;
    const part = Math.min(wanted, this.#left, bytes.length - at);
    const isBlock = this.#lead === 0 && this.#left > this.#tail;
    if (isBlock && (this.#type === HEADERS || this.#type === CONTINUATION)) {
      this.#bound.add(bytes, at, at + part);
    }
    this.#lead = Math.max(0, this.#lead - part);
    this.#left -= part;
    return at + part;
  }
}
