import { BodyReader } from '../../http/body-reader.ts';
import type { Framing } from '../../http/framing.ts';
import type { HeaderList } from '../../http/header-list.ts';
import type { BodySink, BodySource } from './body.ts';
import { giveBack, noteRead } from './read-memory.ts';

/** Bytes kept for a reader that has not started yet, before the peer is made to wait. */
const EARLY_LIMIT = 16 * 1024;

/** The connection that a body arrives on. */
export interface BodyOwner {
  /** The reader is slower than the peer. */
  pauseBody(): void;
  /** The reader wants (more) bytes. */
  resumeBody(): void;
  /** Nobody will read the rest. */
  cancelBody(): void;
}

/** A body as it is read from a connection: bytes go in by `push`, decoded chunks go out to a sink. */
export class IncomingBody implements BodySource {
  readonly framing: Framing;
  readonly #reader: BodyReader;
  readonly #owner: BodyOwner;
  #sink: BodySink | undefined;
  #early: Uint8Array[] | undefined;
  #earlyBytes = 0;
  #received = 0;
  #started = false;
  #cancelled = false;
  #error: Error | undefined;
  #onEnd: ((complete: boolean) => void) | undefined;

  constructor(framing: Framing, owner: BodyOwner) {
    this.framing = framing;
    this.#reader = new BodyReader(framing);
    this.#owner = owner;
  }

  get started(): boolean {
    return this.#started;
  }

  get received(): number {
    return this.#received;
  }

  get trailers(): HeaderList | undefined {
    return this.#reader.trailers;
  }

  /** Whether all of it arrived. */
  get done(): boolean {
    return this.#reader.done;
  }

  /** Whether it arrived whole, broke or was given up: no more calls will follow. */
  get settled(): boolean {
    return this.#reader.done || this.#cancelled || this.#error !== undefined;
  }

  /** Takes bytes and returns how many belong to this body. Throws FramingError; then `fail` must follow. */
  push(bytes: Uint8Array): number {
    const before = this.#received;
    const dropped = this.#cancelled;
    const consumed = this.#reader.read(bytes, this.#onData);
    if (this.#reader.done) this.#finish();
    // Nobody was given any of it: unwanted, or framing and nothing else, as in endless trailers.
    else if (dropped || this.#received === before) giveBack(bytes);
    return consumed;
  }

  /** The connection ended: completes a body that is delimited by it, fails any other. */
  endOfStream(): void {
    if (this.settled) return;
    try {
      this.#reader.end();
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    this.#finish();
  }

  /** The body will not be completed. */
  fail(error: Error): void {
    if (this.settled) return;
    this.#error = error;
    this.#sink?.fail(error);
    this.#settle(false);
  }

  start(sink: BodySink): void {
    if (this.#started) throw new Error('a body is read once');
    this.#started = true;
    this.#sink = sink;
    this.#flush(sink);
    if (this.#error !== undefined) sink.fail(this.#error);
    else if (this.#reader.done) sink.end(this.#reader.trailers);
  }

  resume(): void {
    if (!this.settled) this.#owner.resumeBody();
  }

  cancel(): void {
    if (this.settled) {
      this.#early = undefined;
      return;
    }
    this.#cancelled = true;
    this.#started = true;
    this.#early = undefined;
    this.#sink = undefined;
    this.#settle(false);
    this.#owner.cancelBody();
  }

  watch(onEnd: (complete: boolean) => void): void {
    if (this.settled) onEnd(this.#reader.done);
    else this.#onEnd = onEnd;
  }

  readonly #onData = (data: Uint8Array): void => {
    this.#received += data.length;
    if (this.#cancelled) return;
    noteRead(data);
    if (this.#sink !== undefined) {
      if (!this.#sink.write(data)) this.#owner.pauseBody();
      return;
    }
    this.#early ??= [];
    this.#early.push(data);
    this.#earlyBytes += data.length;
    if (this.#earlyBytes >= EARLY_LIMIT) this.#owner.pauseBody();
  };

  #flush(sink: BodySink): void {
    const early = this.#early;
    this.#early = undefined;
    let ready = true;
    for (const chunk of early ?? []) ready = sink.write(chunk);
    if (ready && !this.settled) this.#owner.resumeBody();
  }

  #finish(): void {
    if (this.#cancelled) return;
    const trailers: HeaderList | undefined = this.#reader.trailers;
    this.#sink?.end(trailers);
    this.#settle(true);
  }

  #settle(complete: boolean): void {
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    onEnd?.(complete);
  }
}
