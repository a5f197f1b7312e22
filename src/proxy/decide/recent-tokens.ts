import { ownText } from '../../identity/jwt/own-text.ts';
import type { FoundToken } from './token-places.ts';

const MAX_VALUES = 1024;
/** UTF-16 units of a value that is kept. */
const MAX_LENGTH = 2048;
/** Code units at the end of a value that it is kept by: of a signature, so that they differ as chance has it. */
const TAIL = 6;

interface Entry {
  readonly value: string;
  /** One. */
  readonly found: readonly FoundToken[];
}

/**
 * What header values with tokens were found to hold, of those that counted lately. A value comes as a new string with
 * every request: its end is looked up and then the whole compared, which costs less than to hash all of it. Says
 * nothing of whether a token counts.
 */
export class RecentTokens {
  /** By the hash of its end, so that nobody learns of a value by comparing less than all of its end with it. */
  readonly #entries = new Map<number, Entry>();

  /** What `keep` was told of the same value; undefined when that is forgotten. */
  get(value: string): readonly FoundToken[] | undefined {
    const entry = this.#entries.get(hashOfEnd(value));
    return entry !== undefined && entry.value === value ? entry.found : undefined;
  }

  /** Keeps the only token of a value; the oldest goes when there is no room. */
  keep(value: string, { token, place }: FoundToken): void {
    if (value.length > MAX_LENGTH) return;
    const found = [{ token: ownText(token), place, isKept: true }];
    this.#entries.set(hashOfEnd(value), { value: ownText(value), found });
    if (this.#entries.size <= MAX_VALUES) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}

/** 30 bits of FNV-1a, which engines keep without a box. */
function hashOfEnd(value: string): number {
  const { length } = value;
  let hash = length;
  for (let i = length > TAIL ? length - TAIL : 0; i < length; i++)
    hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 30)) & 0x3fffffff;
}
