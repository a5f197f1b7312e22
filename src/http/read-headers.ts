import { hashOctet, knownName } from './field-names.ts';
import { HeaderList } from './header-list.ts';
import { COLON, CR, FIELD_VALUE, HTAB, LF, SP, TOKEN } from './octets.ts';

/** What `FieldScanner.scan` answers beside an offset. */
export const SHORT = -1;
export const MALFORMED = -2;
export const TOO_MANY = -3;

/** Numbers kept of each field: where name and value begin and end. */
const MARKS = 4;

/** Finds the fields of one section (RFC 9112 §5) and keeps where they are, so that a head is decoded once. */
export class FieldScanner {
  #marks = new Int32Array(MARKS * 128);
  readonly #known: (string | undefined)[] = [];
  #count = 0;
  /** The bits of the field names found (field-names.ts). */
  bits = 0;
  /** The bitwise or of all value octets: below 128 when the section is ASCII. */
  octets = 0;

  /**
   * Reads field lines from `start`, never at or after `stop`, up to and with the empty line.
   * Returns the offset after it, or SHORT, MALFORMED or TOO_MANY (more lines than `fields`).
   */
  scan(bytes: Uint8Array, start: number, stop: number, fields: number): number {
    // All in one loop over local names: this is what a proxy does most.
    let octets = 0;
    let bits = 0;
    let count = 0;
    let at = start;
    while (at < stop && bytes[at] !== CR) {
      if (count === fields) return TOO_MANY;
      const nameStart = at;
      let cases = 0;
      let hash = 0;
      for (; at < stop; at++) {
        const octet = bytes[at] as number;
        const kind = TOKEN[octet] as number;
        if (kind === 0) break;
        cases |= kind;
        hash = hashOctet(hash, octet);
      }
      if (at === stop) return SHORT;
      if (at === nameStart || bytes[at] !== COLON) return MALFORMED;
      const nameEnd = at++;
      while (at < stop && isSpace(bytes[at])) at++;
      const valueStart = at;
      for (; at < stop; at++) {
        const octet = bytes[at] as number;
        if (FIELD_VALUE[octet] === 0) break;
        octets |= octet;
      }
      if (at < stop && bytes[at] !== CR) return MALFORMED;
      if (at + 1 >= stop) return SHORT;
      if (bytes[at + 1] !== LF) return MALFORMED;
      const known = knownName(bytes, nameStart, nameEnd, hash);
      if (known !== undefined) bits |= known.bit;
      this.#known[count] = known?.text;
      this.#keep(
        MARKS * count++,
        nameStart,
        cases & 2 ? -nameEnd : nameEnd,
        valueStart,
        trimmed(bytes, valueStart, at),
      );
      at += 2;
    }
    this.#count = count;
    this.bits = bits;
    this.octets = octets;
    if (at + 1 >= stop) return SHORT;
    return bytes[at + 1] === LF ? at + 2 : MALFORMED;
  }

  /** The fields last found, out of `text`, whose first code unit is the octet at `base`. */
  headers(text: string, base: number): HeaderList {
    const marks = this.#marks;
    const names: string[] = [];
    const values: string[] = [];
    for (let i = 0; i < this.#count; i++) {
      const at = MARKS * i;
      names.push(this.#known[i] ?? nameIn(text, base, marks[at] as number, marks[at + 1] as number));
      values.push(text.slice((marks[at + 2] as number) - base, (marks[at + 3] as number) - base));
    }
    return new HeaderList(names, values);
  }

  #keep(at: number, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    if (at === this.#marks.length) {
      const grown = new Int32Array(2 * at);
      grown.set(this.#marks);
      this.#marks = grown;
    }
    const marks = this.#marks;
    marks[at] = nameStart;
    marks[at + 1] = nameEnd;
    marks[at + 2] = valueStart;
    marks[at + 3] = valueEnd;
  }
}

/** The sign of the end tells of an upper-case letter. */
function nameIn(text: string, base: number, start: number, end: number): string {
  const name = text.slice(start - base, Math.abs(end) - base);
  return end < 0 ? name.toLowerCase() : name;
}

/** Where a value ends without the whitespace after it. */
function trimmed(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(bytes[at - 1])) at--;
  return at;
}

function isSpace(octet: number | undefined): boolean {
  return octet === SP || octet === HTAB;
}
