import { ownText } from '../../identity/jwt/own-text.ts';
import type { VerifiedToken } from '../../identity/jwt/token-verdict.ts';
import type { TokenPlace } from '../../snapshot/jwt-rule.ts';
import type { FoundToken } from './token-places.ts';

const MAX_VALUES = 1024;
/** UTF-16 units of a value that is kept. */
const MAX_LENGTH = 2048;

/** A header value whose only token counted. */
export interface RecentToken {
  readonly value: string;
  readonly verdict: VerifiedToken;
  /** One. */
  readonly found: readonly FoundToken[];
}

/**
 * What header values with tokens were found to hold, of those that counted lately. A value comes as a new string with
 * every request: its end is looked up and then the whole compared, which costs less than to hash all of it.
 *
 * A token is a secret, and yet not compared in constant time, which would cost more than all the rest of a decision:
 * engines compare eight octets at a time, so that who knows all of a token but its signature, and the end of that too,
 * would have to guess 48 bits of it at once to be a nanosecond later in his refusal.
 */
export class RecentTokens {
  /** By four code units of its end: of a signature, so that they differ as chance has it. */
  readonly #entries = new Map<number, RecentToken>();

  /** What `keep` was told of the same value; undefined when that is forgotten. */
  get(value: string): RecentToken | undefined {
    const entry = this.#entries.get(endOf(value));
    return entry !== undefined && entry.value === value ? entry : undefined;
  }

  /** Keeps the only token of a value, and what was found out of it; the oldest goes when there is no room. */
  keep(value: string, verdict: VerifiedToken, place: TokenPlace): void {
    if (value.length > MAX_LENGTH) return;
    const found = [{ token: verdict.token, place }];
    this.#entries.set(endOf(value), { value: ownText(value), verdict, found });
    if (this.#entries.size <= MAX_VALUES) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}

/** What stands before the last code unit, of which some signatures use but 2 bits. */
function endOf(value: string): number {
  const { length } = value;
  return (
    value.charCodeAt(length - 2) |
    (value.charCodeAt(length - 3) << 7) |
    (value.charCodeAt(length - 4) << 14) |
    (value.charCodeAt(length - 5) << 21)
  );
}
