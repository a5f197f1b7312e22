/** Where progress is shown. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const AFTER_MS = 1000;
const EVERY_MS = 200;
const CLEAR_LINE = '\r\u001b[K';

/** One line about work that takes more than a second, on terminals only; it goes when the work is done. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #next: number;
  #shown = false;

  /** `now` in ms. */
  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
    this.#next = now() + AFTER_MS;
  }

  /** Says what is going on, if it is time to say something. */
  tell(what: () => string): void {
    const now = this.#now();
    if (this.#terminal.isTTY !== true || now < this.#next) return;
    this.#next = now + EVERY_MS;
    this.#shown = true;
    this.#terminal.write(`${CLEAR_LINE}${what()}`);
  }

  done(): void {
    if (this.#shown) this.#terminal.write(CLEAR_LINE);
    this.#shown = false;
  }
}
