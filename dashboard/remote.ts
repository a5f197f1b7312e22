import { ControlError } from './control-api.ts';

/** Something that control knows: what it last said, and what went wrong since. */
export class Remote<T> {
  readonly #load: () => Promise<T>;
  readonly #changed: () => void;
  #asked = 0;
  #told = 0;
  value: T | undefined;
  /** Of the last answer; the value before it is kept. */
  error: ControlError | undefined;

  constructor(load: () => Promise<T>, changed: () => void) {
    this.#load = load;
    this.#changed = changed;
  }

  /** Asks again. An answer that comes after the answer to a later question is dropped. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    const outcome = await this.#load().then(
      (value) => ({ value, error: undefined }),
      (cause: unknown) => ({ value: this.value, error: asControlError(cause) }),
    );
    if (asked < this.#told) return;
    this.#told = asked;
    this.value = outcome.value;
    this.error = outcome.error;
    this.#changed();
  }
}

function asControlError(cause: unknown): ControlError {
  return cause instanceof ControlError ? cause : new ControlError(0, String(cause));
}
