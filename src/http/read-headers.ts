import { hashOctet, knownName, REWRITTEN } from './field-names.ts';
import { HeadSection } from './head-section.ts';
import { HeaderList } from './header-list.ts';
import { COLON, CR, FIELD_VALUE, HTAB, LF, SP, TOKEN } from './octets.ts';

/** What `FieldScanner.scan` answers beside an offset. */
export const SHORT = -1;
export const MALFORMED = -2;
export const TOO_MANY = -3;

/** Numbers kept of each field: where name and value begin and end, and where the line does. */
const MARKS = 5;
const P = 0x70;

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
      const valueEnd = trimmed(bytes, valueStart, at);
      // Of Proxy-* fields not all are known, and all are for this hop alone.
      const passes = known === undefined ? lower(bytes[nameStart]) !== P : (known.bit & REWRITTEN) === 0;
      const neat = valueEnd === at && valueStart === nameEnd + 2 && bytes[nameEnd + 1] === SP;
      at += 2;
      const mark = this.#room(MARKS * count++);
      const marks = this.#marks;
      marks[mark] = nameStart;
      marks[mark + 1] = cases & 2 ? -nameEnd : nameEnd;
      marks[mark + 2] = valueStart;
      marks[mark + 3] = valueEnd;
      marks[mark + 4] = passes && neat ? at : -at;
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
    const ends: number[] = [];
    const values: (string | undefined)[] = [];
    for (let i = 0; i < this.#count; i++) {
      const at = MARKS * i;
      const end = marks[at + 4] as number;
      names.push(this.#known[i] ?? nameIn(text, base, marks[at] as number, marks[at + 1] as number));
      ends.push(end < 0 ? end + base : end - base);
      values.push(
        end < 0 ? text.slice((marks[at + 2] as number) - base, (marks[at + 3] as number) - base) : undefined,
      );
    }
    const start = this.#count === 0 ? 0 : (marks[0] as number) - base;
    return new HeaderList(new HeadSection(text, start, names, ends, values));
  }

  /** Sees to it that a field can be kept at `mark`, which it gives back. */
  #room(mark: number): number {
    if (mark >= this.#marks.length) {
      const grown = new Int32Array(2 * mark);
      grown.set(this.#marks);
      this.#marks = grown;
    }
    return mark;
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

function lower(octet: number | undefined): number {
  return (octet ?? 0) | 0x20;
}

function isSpace(octet: number | undefined): boolean {
  return octet === SP || octet === HTAB;
}
