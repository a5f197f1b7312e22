import type { Clock } from '../../runtime/ports.ts';
import { KeySet } from './key-set.ts';
import { ownMember, strictJsonObject } from './strict-json.ts';
import type { KeyLease } from './token-verdict.ts';

/**
 * Gets a document of keys as text, of at most `maxBytes`, within `timeoutMs`; follows no redirect. Rejects when it
 * cannot be had, or must not be asked for.
 */
export type FetchDocument = (uri: string, timeoutMs: number) => Promise<string>;

/** The keys of a rule, as far as they can be had. */
export interface TokenKeys {
  /** Another when the keys are others, so that what they verified can be forgotten; undefined while there are none. */
  lease(now: number): KeyLease | undefined;
  /** The keys, with one for `has` if it can be had; undefined when none are known. */
  keys(has: (keys: KeySet) => boolean): Promise<KeySet | undefined>;
}

/** Keys that the configuration holds itself; none when the text is no key set. */
export function inlineKeys(jwks: string): TokenKeys {
  const keys = KeySet.parse(jwks, true);
  const lease = keys && { until: Number.POSITIVE_INFINITY };
  return { lease: () => lease, keys: async () => keys };
}

/** Where remote keys come from, and with what. */
export interface RemoteKeysOptions {
  /** Finds the document's address: a constant, or what discovery says. */
  readonly source: { readonly uri: string } | { readonly issuer: string };
  readonly timeoutMs: number;
  readonly fetch: FetchDocument;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Hears of a fetch that brought keys. */
  readonly onSuccess?: (() => void) | undefined;
  /** Hears of a fetch that failed. */
  readonly onFailure?: ((uri: string, error: unknown) => void) | undefined;
}

/** Keys this old are fetched anew while they are used (Istio's refresh, 20 min). */
const REFRESH_MS = 20 * 60_000;
/** Keys this old are fetched anew before they are used: nobody came by for long. */
const WAIT_MS = 2 * REFRESH_MS;
/** Keys this old are not believed any more. */
const MAX_STALE_MS = 24 * 3_600_000;
/** At most two fetches begin within this time, whatever is asked. */
const WINDOW_MS = 60_000;

/**
 * Keys at an address: fetched once for all who wait, cached, used while they are renewed, kept while their source
 * fails (for a day), and asked for again when a token names a key that is not among them, twice a minute at most.
 */
export class RemoteKeys implements TokenKeys {
  readonly #options: RemoteKeysOptions;
  #keys: KeySet | undefined;
  #text = '';
  #lease = { until: Number.NEGATIVE_INFINITY };
  #failing = false;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  /** When the last two fetches began. */
  #begun: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  #flight: Promise<void> | undefined;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
  }

  lease(now: number): KeyLease | undefined {
    return now < this.#lease.until ? this.#lease : undefined;
  }

  async keys(has: (keys: KeySet) => boolean): Promise<KeySet | undefined> {
    const now = this.#options.clock.now();
    const age = now - this.#fetchedAt;
    const missing = this.#keys === undefined || age >= MAX_STALE_MS || !has(this.#keys);
    // While the source fails nobody waits for it who can do without.
    if (missing || (age >= WAIT_MS && !this.#failing)) await this.#patiently(this.#refresh(now));
    else if (age >= REFRESH_MS) void this.#refresh(now);
    return this.lease(this.#options.clock.now()) === undefined ? undefined : this.#keys;
  }

  /** A flight of another request may die with it (Workers): nobody waits longer than for one of its own. */
  async #patiently(flight: Promise<void> | undefined): Promise<void> {
    if (flight === undefined) return;
    const { clock, timeoutMs } = this.#options;
    const landed = new AbortController();
    const enough = clock.sleep(timeoutMs, landed.signal).catch(() => undefined);
    await Promise.race([flight, enough]);
    landed.abort();
  }

  /** The flight under way, or a new one if there may be one. */
  #refresh(now: number): Promise<void> | undefined {
    const [before, last] = this.#begun;
    const isAlive = now - last < 2 * this.#options.timeoutMs;
    if (this.#flight !== undefined && isAlive) return this.#flight;
    if (now - before < WINDOW_MS) return undefined;
    this.#begun = [last, now];
    const flight = this.#fetch().finally(() => {
      if (this.#flight === flight) this.#flight = undefined;
    });
    this.#flight = flight;
    return flight;
  }

  /** Never rejects. What cannot be read changes nothing. */
  async #fetch(): Promise<void> {
    const { source, timeoutMs, fetch, clock, onSuccess, onFailure } = this.#options;
    let uri = 'uri' in source ? source.uri : discoveryUri(source.issuer);
    try {
      if ('issuer' in source) uri = jwksUri(await fetch(uri, timeoutMs), source.issuer);
      const text = await fetch(uri, timeoutMs);
      const keys = KeySet.parse(text, false);
      if (keys === undefined || keys.size === 0) throw new Error('there is no usable key in the key set');
      this.#renewLease(text === this.#text, clock.now());
      this.#text = text;
      this.#keys = keys;
      this.#failing = false;
      onSuccess?.();
    } catch (error) {
      this.#failing = true;
      onFailure?.(uri, error);
    }
  }

  #renewLease(areSame: boolean, now: number): void {
    if (!areSame) {
      this.#lease.until = Number.NEGATIVE_INFINITY;
      this.#lease = { until: now };
    }
    this.#lease.until = now + MAX_STALE_MS;
    this.#fetchedAt = now;
  }
}

/** OpenID Connect Discovery 1.0 §4. */
function discoveryUri(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** The document must speak of the issuer that was asked for (§4.3). */
function jwksUri(text: string, issuer: string): string {
  const document = strictJsonObject(text);
  const uri = document && ownMember(document, 'jwks_uri');
  if (document === undefined || ownMember(document, 'issuer') !== issuer || typeof uri !== 'string')
    throw new Error(`the discovery document names no jwks_uri of ${issuer}`);
  return uri;
}
