/** Header fields in the order they arrived. Names are lower-case; repeated lines are kept apart. */
export class HeaderList {
  readonly names: string[] = [];
  readonly values: string[] = [];

  /** Builds a list from `[name, value]` pairs; names are lower-cased. */
  static from(pairs: Iterable<readonly [string, string]>): HeaderList {
    const list = new HeaderList();
    for (const [name, value] of pairs) list.append(name.toLowerCase(), value);
    return list;
  }

  get size(): number {
    return this.names.length;
  }

  /** Adds a line. `name` must already be lower-case. */
  append(name: string, value: string): void {
    this.names.push(name);
    this.values.push(value);
  }

  /** All lines of `name` joined with `,` as Envoy does before matching, or undefined when absent. */
  get(name: string): string | undefined {
    const first = this.names.indexOf(name);
    if (first < 0) return undefined;
    let value = this.values[first] as string;
    for (let i = this.names.indexOf(name, first + 1); i >= 0; i = this.names.indexOf(name, i + 1)) {
      value += `,${this.values[i]}`;
    }
    return value;
  }

  /** Every line of `name`, apart. */
  getAll(name: string): string[] {
    return this.values.filter((_, i) => this.names[i] === name);
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** Replaces every line of `name` by one. */
  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }

  delete(name: string): void {
    for (let i = this.names.indexOf(name); i >= 0; i = this.names.indexOf(name, i)) {
      this.names.splice(i, 1);
      this.values.splice(i, 1);
    }
  }

  copy(): HeaderList {
    const list = new HeaderList();
    list.names.push(...this.names);
    list.values.push(...this.values);
    return list;
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (let i = 0; i < this.names.length; i++) yield [this.names[i] as string, this.values[i] as string];
  }
}
