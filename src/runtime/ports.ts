/** What a platform must supply. Nothing else in `src` touches one. */

/** Tells once that a work is given up. An AbortSignal is one; a listener that knows its client need not make one. */
export interface Cancellation {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment of this process; never steps, so that lengths of time are true. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: Cancellation): Promise<void>;
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
