/**
 * The field lines of one head as a strict reader found them, in the text of that head. Nobody changes it: every list
 * that comes of it shares it.
 */
export class HeadSection {
  /** Lower-case, by line. */
  readonly names: readonly string[];
  /** A code unit for each octet. */
  readonly #text: string;
  /** Where the first line begins. */
  readonly #start: number;
  /** Where each line ends, its CRLF included; below 0 where it must not be sent on as it stands. */
  readonly #ends: readonly number[];
  /** Those that were looked at. */
  readonly #values: (string | undefined)[];

  constructor(
    text: string,
    start: number,
    names: readonly string[],
    ends: readonly number[],
    values: (string | undefined)[],
  ) {
    this.#text = text;
    this.#start = start;
    this.names = names;
    this.#ends = ends;
    this.#values = values;
  }

  /** The value of a line; whitespace around it is no part of it. */
  value(line: number): string {
    const known = this.#values[line];
    if (known !== undefined) return known;
    const end = this.#ends[line] as number;
    const start = this.#startOf(line) + (this.names[line] as string).length + SEPARATOR;
    const value = this.#text.slice(start, end - LINE_END);
    this.#values[line] = value;
    return value;
  }

  /** Whether the line is end-to-end and of the form `name: value`, so that its octets can be sent on. */
  isPlain(line: number): boolean {
    return (this.#ends[line] as number) > 0;
  }

  /** The lines from `first` to before `stop`, octet by octet. */
  text(first: number, stop: number): string {
    return this.#text.slice(this.#startOf(first), Math.abs(this.#ends[stop - 1] as number));
  }

  #startOf(line: number): number {
    return line === 0 ? this.#start : Math.abs(this.#ends[line - 1] as number);
  }
}

/** `: ` of a line that is plain. */
const SEPARATOR = 2;
/** CR and LF. */
const LINE_END = 2;
