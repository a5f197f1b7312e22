import { HeadSection } from './head-section.ts';

/** Stands for the name of a line that was taken out; no field can have it. */
const REMOVED = '\0';

/**
 * Header fields in the order they arrived. Names are lower-case; repeated lines are kept apart. Lines have numbers from
 * 0 on that stay the same while the list lives.
 */
export class HeaderList {
  /** The lines that were read come first, then those that were added. */
  #names: readonly string[];
  /** Whether `#names` is nobody else's. */
  #own = false;
  readonly #section: HeadSection;
  /** The values of the lines that were added. */
  readonly #added: string[];
  #removed = 0;

  /** `section` is what a strict reader found: its octets need no second look. */
  constructor(section: HeadSection = NOTHING, added: string[] = []) {
    this.#section = section;
    this.#names = section.names;
    this.#added = added;
  }

  /** Builds a list from `[name, value]` pairs; names are lower-cased. */
  static from(pairs: Iterable<readonly [string, string]>): HeaderList {
    const list = new HeaderList();
    for (const [name, value] of pairs) list.append(name.toLowerCase(), value);
    return list;
  }

  /** How many lines there are. */
  get size(): number {
    return this.#names.length - this.#removed;
  }

  /** Above the number of every line. */
  get end(): number {
    return this.#names.length;
  }

  /** The first line of `name` from `line` on, or -1. */
  indexOf(name: string, line = 0): number {
    return this.#names.indexOf(name, line);
  }

  /** The name of a line; undefined where it was taken out. */
  nameAt(line: number): string | undefined {
    const name = this.#names[line];
    return name === REMOVED ? undefined : name;
  }

  /** The value of a line. */
  valueAt(line: number): string {
    const read = this.#section.names.length;
    return line < read ? this.#section.value(line) : (this.#added[line - read] as string);
  }

  /** Whether a line is as a strict reader found it; any other may hold any text. */
  isRead(line: number): boolean {
    return line < this.#section.names.length;
  }

  /** Where the lines from `line` on stop that can be sent on octet by octet; `line` itself where it cannot. */
  endOfPlain(line: number): number {
    const names = this.#names;
    const section = this.#section;
    const read = section.names.length;
    let end = line;
    while (end < read && section.isPlain(end) && names[end] !== REMOVED) end++;
    return end;
  }

  /** The octets of such lines, from `line` to before `end`. */
  plainText(line: number, end: number): string {
    return this.#section.text(line, end);
  }

  /** Adds a line. `name` must already be lower-case. */
  append(name: string, value: string): void {
    this.#owned().push(name);
    this.#added.push(value);
  }

  /** Adds `text` to the value of a line that was appended. Throws RangeError for one that was read. */
  extend(line: number, text: string): void {
    const at = line - this.#section.names.length;
    const value = this.#added[at];
    if (value === undefined) throw new RangeError(`line ${line} was not appended`);
    this.#added[at] = value + text;
  }

  /** All lines of `name` joined with `,` as Envoy does before matching, or undefined when absent. */
  get(name: string): string | undefined {
    const first = this.#names.indexOf(name);
    if (first < 0) return undefined;
    let value = this.valueAt(first);
    for (let i = this.#names.indexOf(name, first + 1); i >= 0; i = this.#names.indexOf(name, i + 1)) {
      value += `,${this.valueAt(i)}`;
    }
    return value;
  }

  /** Every line of `name`, apart. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let i = this.indexOf(name); i >= 0; i = this.indexOf(name, i + 1)) values.push(this.valueAt(i));
    return values;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** Replaces every line of `name` by one. */
  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }

  delete(name: string): void {
    for (let i = this.#names.indexOf(name); i >= 0; i = this.#names.indexOf(name, i + 1)) {
      this.#owned()[i] = REMOVED;
      this.#removed++;
    }
  }

  /** A copy without the lines of `name`. */
  without(name: string): HeaderList {
    const list = this.copy();
    list.delete(name);
    return list;
  }

  copy(): HeaderList {
    const list = new HeaderList(this.#section, this.#added.length === 0 ? [] : this.#added.slice());
    // Both go on with the same names until one of them changes.
    list.#names = this.#names;
    list.#removed = this.#removed;
    this.#own = false;
    return list;
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.nameAt(i);
      if (name !== undefined) yield [name, this.valueAt(i)];
    }
  }

  #owned(): string[] {
    if (!this.#own) {
      this.#names = this.#names.slice();
      this.#own = true;
    }
    return this.#names as string[];
  }
}

const NOTHING = new HeadSection('', 0, [], [], []);
