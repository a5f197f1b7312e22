import type { Attested } from '../../src/identity/attest/attestor.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import type { Clock } from '../../src/runtime/ports.ts';

/** So many certificates at once, then one in each of these pauses, ms. */
interface Allowance {
  readonly atOnce: number;
  readonly everyMs: number;
}

/** For one identity: ten seconds, or less where certificates live so shortly that they must be renewed sooner. */
const IDENTITY_AT_ONCE = 10;
const IDENTITY_EVERY_MS = 10_000;
const IDENTITY_LIFE_SHARE = 64;
/** For everybody whom one attestor attests for the first time. */
const ATTESTOR: Allowance = { atOnce: 256, everyMs: 100 };
/** So many identities and attestors are remembered. */
const MAX_KNOWN = 20_000;

/** An identity or an attestor has had its share: come back in `retryAfterS` seconds. */
export class IssuanceTooOften extends Error {
  override readonly name = 'IssuanceTooOften';
  readonly retryAfterS: number;
  /** The identity or the attestor. */
  readonly by: string;

  constructor(by: string, waitMs: number) {
    super('certificates are asked for too often');
    this.by = by;
    this.retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
  }
}

/** Whose certificate it is, and by which attestor. */
export type Beneficiary = Pick<Attested, 'id' | 'who' | 'follows'>;

/**
 * Bounds how many certificates one identity gets, and how many the first attestations of one attestor make. A join
 * token was minted for its one certificate, so that it counts for its attestor alone.
 */
export class IssuanceBudget {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** When each will have its whole allowance again, ms. */
  readonly #fullAt = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Throws IssuanceTooOften where an attestor (`join`) has nothing left; before evidence is spent. */
  checkAttestor(who: string): void {
    this.#check(who, ATTESTOR);
  }

  /** Throws IssuanceTooOften where a certificate of `lifeMs` is too many, and takes nothing. */
  check(beneficiary: Beneficiary, lifeMs: number): void {
    for (const [key, allowance] of allowances(beneficiary, lifeMs)) this.#check(key, allowance);
  }

  /** Takes one from all that it counts for. Throws as `check`, but not for a join token: that is spent by now. */
  take(beneficiary: Beneficiary, lifeMs: number): void {
    if (beneficiary.who !== 'join') this.check(beneficiary, lifeMs);
    const counted = allowances(beneficiary, lifeMs);
    const now = this.#clock.monotonic();
    for (const [key, { everyMs }] of counted) {
      if (!this.#fullAt.has(key)) this.#makeRoom(now);
      this.#fullAt.set(key, Math.max(now, this.#fullAt.get(key) ?? now) + everyMs);
    }
  }

  #check(key: string, { atOnce, everyMs }: Allowance): void {
    const ahead = (this.#fullAt.get(key) ?? 0) - this.#clock.monotonic();
    const wait = ahead - (atOnce - 1) * everyMs;
    if (wait > 0) throw new IssuanceTooOften(key, wait);
  }

  /** Who has its whole allowance need not be remembered. */
  #makeRoom(now: number): void {
    if (this.#fullAt.size < MAX_KNOWN) return;
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key);
    const [oldest] = this.#fullAt.size < MAX_KNOWN ? [] : this.#fullAt.keys();
    if (oldest !== undefined) this.#fullAt.delete(oldest);
  }
}

/** What follows a certificate, and what a token makes, counts for its ID; first certificates count for their attestor. */
function allowances({ id, who, follows }: Beneficiary, lifeMs: number): (readonly [string, Allowance])[] {
  const everyMs = Math.min(IDENTITY_EVERY_MS, lifeMs / IDENTITY_LIFE_SHARE);
  const use = who === 'edge' ? 'edge ' : '';
  const identity = [use + formatSpiffeId(id), { atOnce: IDENTITY_AT_ONCE, everyMs }] as const;
  if (follows !== undefined) return [identity];
  return who.startsWith('token/') ? [[who, ATTESTOR], identity] : [[who, ATTESTOR]];
}
