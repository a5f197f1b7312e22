/** Begun at once in one turn. */
const AT_ONCE = 16;
/** Nobody who waits for answers asks so much in one turn. */
const MOST = 200;

/**
 * Begins what one connection asks for. Beyond a few in one turn they wait for its end: what was taken back with the
 * same bytes that brought it (CVE-2023-44487) is gone by then, and has cost no work.
 */
export class TurnStarts<T> {
  readonly #begin: (one: T) => void;
  #count = 0;
  #waiting: T[] = [];

  constructor(begin: (one: T) => void) {
    this.#begin = begin;
  }

  /** False when that was too much for one turn. */
  add(one: T): boolean {
    if (this.#count === 0) setImmediate(this.#ended);
    if (++this.#count > AT_ONCE) this.#waiting.push(one);
    else this.#begin(one);
    return this.#count <= MOST;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
  }

  readonly #ended = (): void => {
    const waiting = this.#waiting;
    this.#count = 0;
    this.#waiting = [];
    for (const one of waiting) this.#begin(one);
  };
}
