/** No entry of a HAR may be longer, UTF-16 units; bodies of responses are in there. */
export const MAX_ENTRY = 64 * 1024 * 1024;

/**
 * Finds the objects of `log.entries` in the text of a HAR as it comes, so that only one is held at a time. What
 * they hold is not judged here.
 */
export class HarScanner {
  #state: 'before' | 'between' | 'entry' | 'after' = 'before';
  #text = '';
  #at = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #from = 0;

  /** The entries that are complete with this text. Throws RangeError for one that is too long. */
  push(chunk: string): string[] {
    this.#text += chunk;
    if (this.#state === 'before') this.#findStart();
    const entries: string[] = [];
    while (this.#state !== 'before' && this.#state !== 'after' && this.#at < this.#text.length)
      this.#step(entries);
    this.#forget();
    return entries;
  }

  /** Whether the list of entries came to its end. */
  get finished(): boolean {
    return this.#state === 'after';
  }

  /** The key `entries` of the object `log`; a HAR has it near its beginning. */
  #findStart(): void {
    const found = /"entries"\s*:\s*\[/.exec(this.#text);
    if (found === null) return;
    this.#at = found.index + found[0].length;
    this.#state = 'between';
  }

  #step(entries: string[]): void {
    const character = this.#text.charCodeAt(this.#at++);
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === BACKSLASH) this.#escaped = true;
      else if (character === QUOTE) this.#inString = false;
      return;
    }
    if (character === QUOTE) this.#inString = true;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) this.#open();
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) this.#close(entries);
  }

  #open(): void {
    if (this.#depth++ > 0) return;
    this.#state = 'entry';
    this.#from = this.#at - 1;
  }

  #close(entries: string[]): void {
    if (this.#depth === 0) {
      this.#state = 'after';
      return;
    }
    if (--this.#depth > 0) return;
    entries.push(this.#text.slice(this.#from, this.#at));
    this.#state = 'between';
  }

  /** Keeps no more than the entry that has begun, or what could be the beginning of the key. */
  #forget(): void {
    const keep =
      this.#state === 'entry' ? this.#from : this.#state === 'before' ? this.#text.length - 64 : this.#at;
    const from = Math.max(0, this.#state === 'after' ? this.#text.length : keep);
    if (this.#text.length - from > MAX_ENTRY)
      throw new RangeError('an entry of the HAR is longer than 64 MiB');
    this.#text = this.#text.slice(from);
    this.#at = Math.max(0, this.#at - from);
    this.#from = Math.max(0, this.#from - from);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
