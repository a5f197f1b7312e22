/** What a platform must supply. Nothing else in `src` touches one. */

/** Tells once that a work is given up. An AbortSignal is one; a listener that knows its client need not make one. */
export interface Cancellation {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

const CANCELLED = new DOMException('cancelled', 'AbortError');

/** A Cancellation that its owner tells. Where every request has one, an AbortController is dear. */
export class Canceller implements Cancellation {
  aborted = false;
  reason: unknown;
  readonly #listeners: (() => void)[] = [];

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners.lastIndexOf(listener);
    if (at >= 0 && at === this.#listeners.length - 1) this.#listeners.pop();
    else if (at >= 0) this.#listeners.splice(at, 1);
  }

  /** Tells everybody, once. */
  abort(reason: unknown = CANCELLED): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment of this process; never steps, so that lengths of time are true. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: Cancellation): Promise<void>;
  /** Calls `ring` after `ms` unless it is cancelled. Absent = `sleep` must do, which costs a few promises. */
  alarm?(ms: number, ring: () => void): Alarm;
}

/** What will ring; cancelled as often as one likes, before and after. */
export interface Alarm {
  cancel(): void;
}

export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Cryptographically strong. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** A place for opaque values by key. Never trusted: readers verify what they get. */
export interface ReadStore {
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * Calls back after any key may have changed, with the key where the store knows it; returns how to stop.
   * Absent where the store cannot push.
   */
  watch?(onChange: (key?: string) => void): () => void;
}

export interface Store extends ReadStore {
  put(key: string, value: Uint8Array<ArrayBuffer>): Promise<void>;
  delete(key: string): Promise<void>;
  /** Keys that begin with `prefix`, sorted. */
  list(prefix: string): Promise<string[]>;
}

/** A store that can serialise writers. */
export interface SwapStore extends Store {
  /** Writes `next` only if the value is still `previous` (undefined = absent). False when it was not. */
  swap(
    key: string,
    previous: Uint8Array<ArrayBuffer> | undefined,
    next: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>;
}

/** Structured events for people and machines. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * How a bucket of tokens fills: one every `intervalMs`, `burst` at most. It begins full. `intervalMs` is a multiple of
 * 1/2048 ms, so that sums are exact.
 */
export interface TokenRate {
  readonly intervalMs: number;
  readonly burst: number;
}

/** What became of taking one token. */
export interface TokenTake {
  readonly granted: boolean;
  /** How long the bucket takes to be full again, ms. */
  readonly fullInMs: number;
}

/** Buckets of tokens that several proxies share. */
export interface RateLimitStore {
  /** Takes one token of the bucket of that name, atomically. Rejects when it cannot be asked. */
  take(bucket: string, rate: TokenRate): Promise<TokenTake>;
}
