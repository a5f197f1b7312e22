import * as z from 'zod';
import { MAX_RE_ATTESTATION_WINDOW_MS } from '../../src/identity/attest/re-attestor.ts';
import { type Denial, MAX_DENIALS } from '../../src/identity/deny-list.ts';
import type { Clock, Store } from '../../src/runtime/ports.ts';
import { Exclusive } from '../exclusive.ts';

/** A denial as operators see it. Times in milliseconds since the epoch. */
export interface KeptDenial extends Denial {
  readonly reason: string;
  readonly when: number;
  /** When the certificate has expired by itself; absent for an ID, which stays denied until it is allowed again. */
  readonly until?: number;
}

const key = 'ca/denials';
/** Clocks differ, and one may come back with a certificate that is over: its denial lives on for so long, ms. */
const afterlifeMs = MAX_RE_ATTESTATION_WINDOW_MS + 60 * 60 * 1000;

const stored = z.array(
  z.strictObject({
    kind: z.enum(['id', 'serial']),
    value: z.string().max(2048),
    reason: z.string().max(256),
    when: z.number(),
    until: z.number().exactOptional(),
  }),
);

/** Who must be believed no more, kept in control's store. */
export class Denials {
  readonly #store: Store;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #writes = new Exclusive();
  #all: readonly KeptDenial[] = [];

  private constructor(store: Store, clock: Pick<Clock, 'now'>) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Rejects when what is stored cannot be read: nobody may be believed again by accident. */
  static async open(store: Store, clock: Pick<Clock, 'now'>): Promise<Denials> {
    const denials = new Denials(store, clock);
    const bytes = await store.get(key);
    if (bytes !== undefined) denials.#all = stored.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return denials;
  }

  /** Oldest first. */
  get all(): readonly KeptDenial[] {
    return this.#all;
  }

  /** Rejects with a RangeError when there are too many. The same again replaces the earlier one. */
  add(denial: Omit<KeptDenial, 'when'>): Promise<void> {
    return this.#change((all) => {
      const others = all.filter((one) => !isSame(one, denial));
      if (others.length >= MAX_DENIALS)
        throw new RangeError(`${MAX_DENIALS} are denied already: rotate the root instead`);
      return [...others, { ...denial, when: this.#clock.now() }];
    });
  }

  /** False when there was no such denial. */
  async remove(denial: Denial): Promise<boolean> {
    const before = this.#all.length;
    await this.#change((all) => all.filter((one) => !isSame(one, denial)));
    return this.#all.length < before;
  }

  /** Forgets denied certificates that have expired. True when there were some. */
  async sweep(): Promise<boolean> {
    const before = this.#all.length;
    const now = this.#clock.now();
    if (this.#all.every((one) => isDue(one, now))) return false;
    await this.#change((all) => all.filter((one) => isDue(one, now)));
    return this.#all.length < before;
  }

  #change(change: (all: readonly KeptDenial[]) => readonly KeptDenial[]): Promise<void> {
    return this.#writes.run(async () => {
      const next = change(this.#all);
      await this.#store.put(key, new TextEncoder().encode(JSON.stringify(next)));
      this.#all = next;
    });
  }
}

function isDue({ until }: KeptDenial, now: number): boolean {
  return until === undefined || until + afterlifeMs > now;
}

function isSame(a: Denial, b: Denial): boolean {
  return a.kind === b.kind && a.value === b.value;
}
