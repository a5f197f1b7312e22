/** Header fields in the order they arrived. Names are lower-case; repeated lines are kept apart. */
export class HeaderList {
  readonly #names: string[];
  readonly #values: string[];
  #read: number;

  /** An empty list. */
  constructor();
  /** What a strict reader found: it takes the arrays over, and their octets need no second look. */
  constructor(names: string[], values: string[]);
  constructor(names: string[] = [], values: string[] = []) {
    this.#names = names;
    this.#values = values;
    this.#read = names.length;
  }

  /** Builds a list from `[name, value]` pairs; names are lower-cased. */
  static from(pairs: Iterable<readonly [string, string]>): HeaderList {
    const list = new HeaderList();
    for (const [name, value] of pairs) list.append(name.toLowerCase(), value);
    return list;
  }

  get names(): readonly string[] {
    return this.#names;
  }

  get values(): readonly string[] {
    return this.#values;
  }

  get size(): number {
    return this.#names.length;
  }

  /** How many lines at the beginning are still as a strict reader found them; those after may hold any text. */
  get read(): number {
    return this.#read;
  }

  /** Adds a line. `name` must already be lower-case. */
  append(name: string, value: string): void {
    this.#names.push(name);
    this.#values.push(value);
  }

  /** Adds `text` to the value of the line at `index`. */
  extend(index: number, text: string): void {
    this.#values[index] = (this.#values[index] ?? '') + text;
    this.#read = Math.min(this.#read, index);
  }

  /** All lines of `name` joined with `,` as Envoy does before matching, or undefined when absent. */
  get(name: string): string | undefined {
    const first = this.#names.indexOf(name);
    if (first < 0) return undefined;
    let value = this.#values[first] as string;
    for (let i = this.#names.indexOf(name, first + 1); i >= 0; i = this.#names.indexOf(name, i + 1)) {
      value += `,${this.#values[i]}`;
    }
    return value;
  }

  /** Every line of `name`, apart. */
  getAll(name: string): string[] {
    return this.#values.filter((_, i) => this.#names[i] === name);
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
    for (let i = this.#names.indexOf(name); i >= 0; i = this.#names.indexOf(name, i)) {
      this.#names.splice(i, 1);
      this.#values.splice(i, 1);
      if (i < this.#read) this.#read--;
    }
  }

  /** A copy without the lines of `name`. */
  without(name: string): HeaderList {
    const first = this.#names.indexOf(name);
    if (first < 0) return this.copy();
    const names = this.#names.slice(0, first);
    const values = this.#values.slice(0, first);
    let read = Math.min(first, this.#read);
    for (let i = first + 1; i < this.#names.length; i++) {
      if (this.#names[i] === name) continue;
      if (i < this.#read) read++;
      names.push(this.#names[i] as string);
      values.push(this.#values[i] as string);
    }
    const list = new HeaderList(names, values);
    list.#read = read;
    return list;
  }

  copy(): HeaderList {
    const list = new HeaderList(this.#names.slice(), this.#values.slice());
    list.#read = this.#read;
    return list;
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (let i = 0; i < this.#names.length; i++) yield [this.#names[i] as string, this.#values[i] as string];
  }
}
