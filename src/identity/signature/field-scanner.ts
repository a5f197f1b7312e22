import { scanDisplay } from './display-string.ts';
import {
  type BareItem,
  FieldError,
  type InnerList,
  type Item,
  type Member,
  type Parameters,
  type WrittenMember,
} from './structured-field.ts';

const NONE: Parameters = new Map();
const TRUE: BareItem = { kind: 'boolean', value: true };

/** Reads a structured field from left to right (RFC 9651 §4.2). Every method throws FieldError. */
export class FieldScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  error(problem: string): FieldError {
    return new FieldError(`${problem} at character ${this.#at}`);
  }

  skipSpaces(): void {
    while (this.#next === ' ') this.#at++;
  }

  /** Goes to the next member, where there is one. */
  comma(): void {
    this.#skipBlanks();
    if (this.atEnd) return;
    if (this.#next !== ',') throw this.error('no comma');
    this.#at++;
    this.#skipBlanks();
    if (this.atEnd) throw this.error('a comma at the end');
  }

  key(): string {
    return this.#run(KEY_FIRST, KEY, 'no key');
  }

  member(): Member {
    return this.#next === '(' ? this.#innerList() : this.item();
  }

  /** What stands behind the name of a member. */
  dictionaryMember(): WrittenMember {
    const given = this.#next === '=';
    if (given) this.#at++;
    const start = this.#at;
    const member = given
      ? this.member()
      : { kind: 'item' as const, value: TRUE, parameters: this.#parameters() };
    return { ...member, text: this.#text.slice(start, this.#at) };
  }

  item(): Item {
    return { kind: 'item', value: this.#bareItem(), parameters: this.#parameters() };
  }

  get #next(): string {
    return this.#text[this.#at] ?? '';
  }

  #skipBlanks(): void {
    while (this.#next === ' ' || this.#next === '\t') this.#at++;
  }

  #innerList(): InnerList {
    const items: Item[] = [];
    this.#at++;
    for (;;) {
      this.skipSpaces();
      if (this.#next === ')') break;
      items.push(this.item());
      if (this.#next !== ' ' && this.#next !== ')') throw this.error('the items are not apart');
    }
    this.#at++;
    return { kind: 'list', items, parameters: this.#parameters() };
  }

  #parameters(): Parameters {
    if (this.#next !== ';') return NONE;
    const parameters = new Map<string, BareItem>();
    while (this.#next === ';') {
      this.#at++;
      this.skipSpaces();
      const key = this.key();
      parameters.set(key, this.#parameter());
    }
    return parameters;
  }

  #parameter(): BareItem {
    if (this.#next !== '=') return TRUE;
    this.#at++;
    return this.#bareItem();
  }

  #bareItem(): BareItem {
    const first = this.#next;
    if (first === '"') return { kind: 'string', value: this.#string() };
    if (first === ':') return { kind: 'bytes', value: this.#bytes() };
    if (first === '?') return { kind: 'boolean', value: this.#boolean() };
    if (first === '@') return this.#date();
    if (first === '%') return this.#display();
    if (first === '-' || DIGIT.has(first)) return this.#number();
    return { kind: 'token', value: this.#run(TOKEN_FIRST, TOKEN, 'no item') };
  }

  #number(): BareItem {
    const negative = this.#next === '-';
    if (negative) this.#at++;
    const whole = this.#digits();
    if (this.#next !== '.') {
      if (whole.length === 0 || whole.length > 15) throw this.error('no integer');
      return { kind: 'integer', value: signed(negative, whole) };
    }
    this.#at++;
    const fraction = this.#digits();
    const fits = whole.length > 0 && whole.length <= 12 && fraction.length > 0 && fraction.length <= 3;
    if (!fits) throw this.error('no decimal');
    return { kind: 'decimal', value: signed(negative, `${whole}.${fraction}`) };
  }

  #digits(): string {
    const start = this.#at;
    while (DIGIT.has(this.#next)) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #date(): BareItem {
    this.#at++;
    const number = this.#next === '-' || DIGIT.has(this.#next) ? this.#number() : undefined;
    if (number?.kind !== 'integer') throw this.error('no date');
    return { kind: 'date', value: number.value };
  }

  #string(): string {
    const start = ++this.#at;
    let escaped = false;
    for (; !this.atEnd; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        const text = this.#text.slice(start, this.#at++);
        return escaped ? unescaped(text) : text;
      }
      if (code === BACKSLASH) {
        escaped = true;
        const next = this.#text.charCodeAt(++this.#at);
        if (next !== QUOTE && next !== BACKSLASH) throw this.error('an escape that is none');
      } else if (code < 0x20 || code > 0x7e) throw this.error('a character that no string has');
    }
    throw this.error('a string without an end');
  }

  /** Base64 with or without padding, whatever its unused bits are (§4.2.7). */
  #bytes(): Uint8Array<ArrayBuffer> {
    const end = this.#text.indexOf(':', ++this.#at);
    const text = end < 0 ? '' : this.#text.slice(this.#at, end);
    if (end < 0 || !BASE64.test(text)) throw this.error('no byte sequence');
    this.#at = end + 1;
    try {
      return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    } catch {
      throw this.error('no byte sequence');
    }
  }

  #boolean(): boolean {
    const value = this.#text[this.#at + 1];
    if (value !== '0' && value !== '1') throw this.error('no boolean');
    this.#at += 2;
    return value === '1';
  }

  #display(): BareItem {
    const found = scanDisplay(this.#text, this.#at);
    if (found === undefined) throw this.error('no display string');
    this.#at = found.end;
    return { kind: 'display', value: found.value };
  }

  #run(first: ReadonlySet<string>, rest: ReadonlySet<string>, problem: string): string {
    if (!first.has(this.#next)) throw this.error(problem);
    const start = this.#at++;
    while (rest.has(this.#next)) this.#at++;
    return this.#text.slice(start, this.#at);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const LETTERS = LOWER + LOWER.toUpperCase();
const DIGITS = '0123456789';
const DIGIT: ReadonlySet<string> = new Set(DIGITS);
const KEY_FIRST: ReadonlySet<string> = new Set(`${LOWER}*`);
const KEY: ReadonlySet<string> = new Set(`${LOWER}${DIGITS}_-.*`);
const TOKEN_FIRST: ReadonlySet<string> = new Set(`${LETTERS}*`);
const TOKEN: ReadonlySet<string> = new Set(`${LETTERS}${DIGITS}!#$%&'*+-.^_\`|~:/`);
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

/** There is one zero. */
function signed(negative: boolean, digits: string): number {
  const value = Number(digits);
  return negative && value !== 0 ? -value : value;
}
