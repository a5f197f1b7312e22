import { type Flushable, flushAtEndOfTurn } from './end-of-turn.ts';

/** Begun at once in one turn. */
const AT_ONCE = 16;
/** Nobody who waits for answers asks so much in one turn. */
const MOST = 200;

/**
 * Begins what one connection asks for. Beyond a few in one turn they wait for its end: what was taken back with the
 * same bytes that brought it (CVE-2023-44487) is gone by then, and has cost no work.
 */
export class TurnStarts<T> implements Flushable {
  readonly #begin: (one: T) => void;
  #count = 0;
  #waiting: T[] = [];

  constructor(begin: (one: T) => void) {
    this.#begin = begin;
  }

  /** False when that was too much for one turn. */
  add(one: T): boolean {
    if (this.#count === 0) flushAtEndOfTurn(this);
    if (++this.#count > AT_ONCE) this.#waiting.push(one);
    else this.#begin(one);
    return this.#count <= MOST;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
  }

  /** The turn is over: what waited begins. */
  flush(): void {
    this.#count = 0;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) this.#begin(one);
  }
}
