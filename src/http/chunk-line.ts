import { FramingError } from './framing-error.ts';
import { CR, FIELD_VALUE, hexValue, LF, TOKEN } from './octets.ts';

/** Octets of chunk extensions that one message may carry. */
const MAX_EXTENSIONS = 16 * 1024;
/** Hexadecimal digits of a size, leading zeros included. */
const MAX_DIGITS = 16;

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

type State = 'size' | 'name' | 'value' | 'quoted' | 'escaped' | 'closed' | 'lf';

/**
 * Reads chunk size lines (RFC 9112 §7.1) one octet at a time: no whitespace, CRLF only, extensions bounded.
 */
export class ChunkLine {
  #state: State = 'size';
  #digits = 0;
  #run = 0;
  #extensions = 0;
  /** The size that the line says, once `read` answered true; at most 2^53 - 1. */
  size = 0;

  /** Takes one octet; true when it ended the line. Throws FramingError. */
  read(octet: number): boolean {
    if (this.#state === 'lf') return this.#end(octet);
    if (this.#state === 'size') this.#readSize(octet);
    else this.#readExtension(octet);
    return false;
  }

  #readSize(octet: number): void {
    const digit = hexValue(octet);
    if (digit < 0) {
      if (this.#digits === 0) throw new FramingError('chunk without a size');
      this.#follow(octet);
      return;
    }
    if (this.#digits === 0) this.size = 0;
    this.size = this.size * 16 + digit;
    if (++this.#digits > MAX_DIGITS || this.size > Number.MAX_SAFE_INTEGER) {
      throw new FramingError('chunk size too large');
    }
  }

  #readExtension(octet: number): void {
    if (++this.#extensions > MAX_EXTENSIONS) throw new FramingError('chunk extensions too large');
    if (this.#state === 'escaped') this.#quote(octet, 'quoted');
    else if (this.#state === 'quoted') this.#readQuoted(octet);
    else if (this.#state === 'closed') this.#follow(octet);
    else this.#readToken(octet);
  }

  #readQuoted(octet: number): void {
    if (octet === QUOTE) this.#enter('closed');
    else this.#quote(octet, octet === BACKSLASH ? 'escaped' : 'quoted');
  }

  #quote(octet: number, next: State): void {
    if (!FIELD_VALUE[octet]) throw new FramingError('malformed chunk extension');
    this.#state = next;
  }

  #readToken(octet: number): void {
    if (TOKEN[octet]) {
      this.#run++;
      return;
    }
    if (this.#state === 'value' && this.#run === 0 && octet === QUOTE) {
      this.#enter('quoted');
      return;
    }
    if (this.#run === 0) throw new FramingError('malformed chunk extension');
    if (this.#state === 'name' && octet === EQUALS) this.#enter('value');
    else this.#follow(octet);
  }

  /** After a size or a whole extension: another extension, or the end. */
  #follow(octet: number): void {
    if (octet === SEMICOLON) this.#enter('name');
    else if (octet === CR) this.#enter('lf');
    else throw new FramingError('malformed chunk size line');
  }

  #enter(state: State): void {
    this.#state = state;
    this.#run = 0;
  }

  #end(octet: number): boolean {
    if (octet !== LF) throw new FramingError('bare CR in a chunk size line');
    this.#enter('size');
    this.#digits = 0;
    return true;
  }
}
