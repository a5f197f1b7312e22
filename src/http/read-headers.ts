import { HeaderList } from './header-list.ts';
import { COLON, CR, FIELD_VALUE, HTAB, LF, SP, TOKEN } from './octets.ts';

/** What `FieldScanner.scan` answers beside an offset. */
export const SHORT = -1;
export const MALFORMED = -2;
export const TOO_MANY = -3;

/** Finds the fields of one section (RFC 9112 §5) and keeps where they are, so that a head is decoded once. */
export class FieldScanner {
  #marks = new Int32Array(4 * 128);
  #count = 0;
  /** The bitwise or of all value octets: below 128 when the section is ASCII. */
  octets = 0;

  /**
   * Reads field lines from `start`, never at or after `stop`, up to and with the empty line.
   * Returns the offset after it, or SHORT, MALFORMED or TOO_MANY (more lines than `fields`).
   */
  scan(bytes: Uint8Array, start: number, stop: number, fields: number): number {
    this.#count = 0;
    this.octets = 0;
    let at = start;
    while (at < stop && bytes[at] !== CR) {
      if (this.#count === fields) return TOO_MANY;
      at = this.#line(bytes, at, stop);
      if (at < 0) return at;
    }
    if (at + 1 >= stop) return SHORT;
    return bytes[at + 1] === LF ? at + 2 : MALFORMED;
  }

  /** The fields last found, out of `text`, whose first code unit is the octet at `base`. */
  headers(text: string, base: number): HeaderList {
    const list = new HeaderList();
    for (let i = 0; i < 4 * this.#count; i += 4) {
      const start = this.#mark(i);
      // The sign of the end tells of an upper-case letter.
      const end = this.#mark(i + 1);
      const name = text.slice(start - base, Math.abs(end) - base);
      list.append(
        end < 0 ? name.toLowerCase() : name,
        text.slice(this.#mark(i + 2) - base, this.#mark(i + 3) - base),
      );
    }
    return list;
  }

  #line(bytes: Uint8Array, start: number, stop: number): number {
    let at = start;
    let cases = 0;
    for (let kind = 0; at < stop; at++, cases |= kind) {
      kind = TOKEN[bytes[at] as number] as number;
      if (kind === 0) break;
    }
    if (at === stop) return SHORT;
    if (at === start || bytes[at] !== COLON) return MALFORMED;
    const nameEnd = at++;
    while (at < stop && isSpace(bytes[at])) at++;
    const valueStart = at;
    let octets = 0;
    for (; at < stop; at++) {
      const octet = bytes[at] as number;
      if (FIELD_VALUE[octet] === 0) break;
      octets |= octet;
    }
    if (at < stop && bytes[at] !== CR) return MALFORMED;
    if (at + 1 >= stop) return SHORT;
    if (bytes[at + 1] !== LF) return MALFORMED;
    this.octets |= octets;
    let valueEnd = at;
    while (valueEnd > valueStart && isSpace(bytes[valueEnd - 1])) valueEnd--;
    this.#keep(start, cases & 2 ? -nameEnd : nameEnd, valueStart, valueEnd);
    return at + 2;
  }

  #keep(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const at = 4 * this.#count++;
    if (at === this.#marks.length) {
      const grown = new Int32Array(2 * at);
      grown.set(this.#marks);
      this.#marks = grown;
    }
    this.#marks[at] = nameStart;
    this.#marks[at + 1] = nameEnd;
    this.#marks[at + 2] = valueStart;
    this.#marks[at + 3] = valueEnd;
  }

  #mark(i: number): number {
    return this.#marks[i] as number;
  }
}

function isSpace(octet: number | undefined): boolean {
  return octet === SP || octet === HTAB;
}
