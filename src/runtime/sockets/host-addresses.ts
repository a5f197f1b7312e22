/** What a name stands for. `ttlMs` undefined: nobody told how long. */
export interface FoundAddress {
  /** IPv4 or IPv6, without brackets. */
  readonly address: string;
  readonly ttlMs: number | undefined;
}

/** Asks for the addresses of a name; rejects, or finds none, where there are none. */
export type NameLookup = (name: string) => Promise<readonly FoundAddress[]>;

/** How long answers are believed, in ms, and of how many names. */
export interface NameLimits {
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  /** Of an answer that tells no TTL (the system's own lookup). */
  readonly untoldTtlMs: number;
  /** Of a failure. */
  readonly failureMs: number;
  readonly names: number;
}

export const DEFAULT_NAME_LIMITS: NameLimits = {
  minTtlMs: 1_000,
  maxTtlMs: 300_000,
  untoldTtlMs: 30_000,
  failureMs: 5_000,
  names: 1_000,
};

interface Answer {
  readonly found: Promise<readonly string[]>;
  /** When it is asked anew; never while the question is open. */
  until: number;
  /** Whose turn it is to be first. */
  turn: number;
}

/** The addresses of names, remembered for their TTL; a name is asked for once at a time. */
export class HostAddresses {
  readonly #lookup: NameLookup;
  readonly #limits: NameLimits;
  readonly #now: () => number;
  readonly #answers = new Map<string, Answer>();

  constructor(
    lookup: NameLookup,
    limits: NameLimits = DEFAULT_NAME_LIMITS,
    now: () => number = () => performance.now(),
  ) {
    this.#lookup = lookup;
    this.#limits = limits;
    this.#now = now;
  }

  /**
   * The addresses in the order to try them: IPv6 and IPv4 in turns (RFC 8305 §4), each family beginning with
   * another one every time. Rejects where there are none.
   */
  async resolve(name: string): Promise<readonly string[]> {
    const known = this.#answers.get(name);
    const answer = known !== undefined && this.#now() < known.until ? known : this.#ask(name);
    const turn = answer.turn++;
    return inTurns(await answer.found, turn);
  }

  #ask(name: string): Answer {
    const found = this.#lookup(name).then((addresses) => {
      if (addresses.length === 0) throw new Error(`no address of ${name}`);
      answer.until = this.#now() + this.#lifeOf(addresses);
      return addresses.map(({ address }) => address);
    });
    const answer: Answer = { found, until: Number.POSITIVE_INFINITY, turn: 0 };
    found.catch(() => {
      answer.until = this.#now() + this.#limits.failureMs;
    });
    this.#answers.delete(name);
    this.#answers.set(name, answer);
    if (this.#answers.size > this.#limits.names) this.#forgetOldest();
    return answer;
  }

  #lifeOf(addresses: readonly FoundAddress[]): number {
    const { minTtlMs, maxTtlMs, untoldTtlMs } = this.#limits;
    const shortest = Math.min(...addresses.map(({ ttlMs }) => ttlMs ?? untoldTtlMs));
    return Math.min(maxTtlMs, Math.max(minTtlMs, shortest));
  }

  #forgetOldest(): void {
    for (const name of this.#answers.keys()) {
      this.#answers.delete(name);
      return;
    }
  }
}

function inTurns(addresses: readonly string[], turn: number): readonly string[] {
  const six = rotated(addresses.filter(isIpv6), turn);
  const four = rotated(
    addresses.filter((address) => !isIpv6(address)),
    turn,
  );
  const order: string[] = [];
  for (let i = 0; i < Math.max(six.length, four.length); i++) {
    order.push(...six.slice(i, i + 1), ...four.slice(i, i + 1));
  }
  return order;
}

function rotated(list: readonly string[], turn: number): readonly string[] {
  const first = list.length === 0 ? 0 : turn % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

function isIpv6(address: string): boolean {
  return address.includes(':');
}
