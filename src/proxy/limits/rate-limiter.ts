import { hex, sha256 } from '../../identity/bytes.ts';
import type { Clock, Log, RateLimitStore, TokenRate, TokenTake } from '../../runtime/ports.ts';
import type { RateLimit } from '../../snapshot/rate-limit.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { LimitVerdict } from '../decide/answers.ts';
import type { Taking } from '../decide/decision.ts';
import { BucketTable } from './bucket-table.ts';
import { type LimitCount, LimitCounts } from './limit-counts.ts';
import { tokenRate } from './token-bucket.ts';

/** What limits are counted with. */
export interface RateLimiterDeps {
  /** Counts for all that share it; absent = nobody does, and global limits do what `onBackendFailure` says. */
  readonly store?: RateLimitStore | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Longer than this nobody waits for the store, ms. */
const STORE_TIMEOUT_MS = 250;
/** Failures of the store are told this often, ms. */
const LOG_EVERY_MS = 60_000;

/** Counts requests for a proxy. Its buckets outlive a snapshot: they belong to the limit and its rate. */
export class RateLimiter {
  readonly #deps: RateLimiterDeps;
  readonly #counts = new LimitCounts();
  /** By what defines them. */
  #tables = new Map<string, BucketTable>();
  #byLimit = new WeakMap<RateLimit, BucketTable>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(deps: RateLimiterDeps) {
    this.#deps = deps;
  }

  /** Takes a token for each, local ones first, until one refuses. Never rejects. */
  take(takings: readonly Taking[]): LimitVerdict | Promise<LimitVerdict> {
    const now = this.#deps.clock.monotonic();
    let global = false;
    for (const { limit, key } of takings) {
      if (limit.scope === 'global') global = true;
      else {
        const taken = this.#tableOf(limit).take(key, now);
        if (!taken.granted) return this.#limited(limit, taken);
        this.#counts.add(limit.id, 'ok');
      }
    }
    return global ? this.#takeGlobal(takings) : PASSED;
  }

  /** Since the process began. */
  get counts(): LimitCount[] {
    return this.#counts.read();
  }

  /** Forgets the buckets of limits that the snapshot does not have any more. */
  retain({ inbound, inboundPassthrough, gateway }: Snapshot): void {
    const limits = [...inbound, inboundPassthrough, gateway].flatMap((listener) => listener?.limits ?? []);
    const keys = new Set(limits.map(bucketsName));
    this.#tables = new Map([...this.#tables].filter(([key]) => keys.has(key)));
    this.#byLimit = new WeakMap();
  }

  #tableOf(limit: RateLimit): BucketTable {
    const known = this.#byLimit.get(limit);
    if (known !== undefined) return known;
    const name = bucketsName(limit);
    const table = this.#tables.get(name) ?? new BucketTable(rateOf(limit));
    this.#tables.set(name, table);
    this.#byLimit.set(limit, table);
    return table;
  }

  async #takeGlobal(takings: readonly Taking[]): Promise<LimitVerdict> {
    for (const { limit, key } of takings) {
      if (limit.scope !== 'global') continue;
      try {
        const taken = await this.#ask(limit, key);
        if (!taken.granted) return this.#limited(limit, taken);
        this.#counts.add(limit.id, 'ok');
      } catch (error) {
        this.#failed(limit, error);
        if (limit.onBackendFailure === 'deny') return { kind: 'unavailable', limit };
      }
    }
    return PASSED;
  }

  async #ask(limit: RateLimit, key: string): Promise<TokenTake> {
    const { store, clock } = this.#deps;
    if (store === undefined) throw new Error('no store for global limits is configured');
    const answered = new AbortController();
    const tooLate = clock.sleep(STORE_TIMEOUT_MS, answered.signal).then(() => {
      throw new Error(`no answer within ${STORE_TIMEOUT_MS} ms`);
    });
    tooLate.catch(() => undefined);
    try {
      const hash = hex(await sha256(new TextEncoder().encode(`${bucketsName(limit)}\n${key}`)));
      return await Promise.race([store.take(`${limit.id}/${hash}`, rateOf(limit)), tooLate]);
    } finally {
      answered.abort();
    }
  }

  #limited(limit: RateLimit, { fullInMs }: TokenTake): LimitVerdict {
    this.#counts.add(limit.id, 'over_limit');
    return { kind: 'limited', limit, fullInMs };
  }

  #failed({ id, onBackendFailure }: RateLimit, error: unknown): void {
    this.#counts.add(id, 'error');
    this.#untold++;
    const now = this.#deps.clock.monotonic();
    if (now - this.#toldAt < LOG_EVERY_MS) return;
    this.#deps.log.warn('a request was not counted', {
      limit: id,
      onBackendFailure,
      error: error instanceof Error ? error.message : String(error),
      times: this.#untold,
    });
    this.#toldAt = now;
    this.#untold = 0;
  }
}

const PASSED: LimitVerdict = { kind: 'passed' };

function rateOf({ requests, periodMs, burst }: RateLimit): TokenRate {
  return tokenRate(requests, periodMs, burst);
}

/** What the buckets of a limit belong to. */
function bucketsName({ id, key, requests, periodMs, burst }: RateLimit): string {
  return JSON.stringify([id, key, requests, periodMs, burst]);
}
