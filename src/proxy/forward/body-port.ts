import type { HeaderList } from '../../http/header-list.ts';
import type { Cancellation } from '../../runtime/ports.ts';

/** What the core must be able to do with a platform's body besides handing it on. */
export interface BodyPort<Body> {
  /** Drops a body that nobody will read. */
  cancel(body: Body): void;
  /** Reads a body that nobody wants to its end, so that its connection can be used again. Absent = cancel it. */
  drain?(body: Body, onEnd: () => void): void;
  /** Calls back once when the body ended (`true` = whole). Absent where the platform cannot tell. */
  watch?(body: Body, onEnd: (complete: boolean) => void): void;
  /** Bytes of content that arrived so far. Absent where the platform cannot tell. */
  received?(body: Body): number;
  /** The trailers that ended the body. Absent where the platform shows none. */
  trailers?(body: Body): HeaderList | undefined;
  /** Whether nothing of the body was read yet, so that another attempt can send it whole. */
  untouched?(body: Body): boolean;
  /**
   * Takes a request body over to send it more than once. Absent where that would mean to tee it (Workers),
   * undefined for what is never sent twice (a tunnel).
   */
  record?(body: Body, limit: number): Recording<Body> | undefined;
  /**
   * Keeps a copy of a request body of up to `limit` bytes while it is read: returns the body to go on with, and calls
   * back once, when all was read, with how to make copies; with undefined when there is more, or it broke off.
   * Undefined for what has no copy (a tunnel).
   */
  copy?(body: Body, limit: number, onCopy: (make: (() => Body) | undefined) => void): Body | undefined;
  /**
   * Reads up to `limit` bytes ahead. Never rejects: a body that breaks off, or that nobody wants any more by the signal,
   * is not whole. A tunnel has no body.
   */
  peek?(body: Body, limit: number, signal?: Cancellation): Promise<Peeked<Body>>;
  /** A body of these bytes. */
  of?(bytes: Uint8Array): Body;
}

/** The beginning of a body, and the body to go on with, which still has all of it. */
export interface Peeked<Body> {
  /** At most as many as were asked for. */
  readonly bytes: Uint8Array;
  /** Whether that is all of it. */
  readonly whole: boolean;
  readonly body: Body;
}

/** A request body of which up to a limit in bytes is kept. */
export interface Recording<Body> {
  /** Whether all that was read is still here. */
  readonly whole: boolean;
  /** The body from its beginning, for one attempt; the body of an attempt before ends. Only while `whole`. */
  replay(): Body;
  /** No other attempt follows: what was kept is forgotten, and a body without a reader is dropped. */
  release(): void;
}
