/** A compiled condition on one value: it decides, and it can say what it wants. */
export interface Predicate<T> {
  test(value: T): boolean;
  /** The condition in words, e.g. `prefix "/api"`. */
  explain(): string;
}
