import type { Http2Stream } from 'node:http2';
import type { Framing } from '../../http/framing.ts';
import type { HeaderList } from '../../http/header-list.ts';
import { DEFAULT_LIMITS } from '../../http/limits.ts';
import { readH2Trailers } from '../../http/read-h2-head.ts';
import type { BodySink, BodySource } from './body.ts';

/** The exchange that a body belongs to. */
export interface H2BodyOwner {
  /** Whether the peer ended its side in order, asked when nothing more can be read. */
  readonly endedInOrder: boolean;
  /** The reader wants bytes for the first time. */
  bodyWanted(): void;
  /** Nobody will read the rest. */
  bodyCancelled(): void;
}

/** What an HTTP/2 stream brings, as a body: whole only after END_STREAM and with the length it promised. */
export class H2Body implements BodySource {
  readonly framing: Framing;
  readonly #stream: Http2Stream;
  readonly #owner: H2BodyOwner;
  readonly #expected: number | undefined;
  #sink: BodySink | undefined;
  #started = false;
  #paused = false;
  #settled = false;
  /** It ended in order before anybody read it. */
  #waiting = false;
  #complete = false;
  #received = 0;
  #trailers: readonly string[] = [];
  #lastTrailers: HeaderList | undefined;
  #error: Error | undefined;
  #onEnd: ((complete: boolean) => void) | undefined;
  /** `performance.now()` of the last byte, or of the last time that one was asked for. */
  #movedAt = 0;

  constructor(stream: Http2Stream, framing: Framing, owner: H2BodyOwner) {
    this.framing = framing;
    this.#stream = stream;
    this.#owner = owner;
    this.#expected = framing.kind === 'length' ? framing.length : undefined;
    stream.pause();
    // A stream without a byte may end before anybody reads it.
    stream.on('end', this.#onStreamEnd);
    stream.on('trailers', (_headers, _flags, raw: readonly string[]) => {
      this.#trailers = raw;
    });
  }

  get started(): boolean {
    return this.#started;
  }

  get received(): number {
    return this.#received;
  }

  get trailers(): HeaderList | undefined {
    return this.#lastTrailers;
  }

  /** Whether it arrived whole, broke or was given up. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Whether the reader has waited for a byte for longer than `ms`. */
  isStalled(now: number, ms: number): boolean {
    return this.#started && !this.#paused && !this.#settled && now - this.#movedAt > ms;
  }

  start(sink: BodySink): void {
    if (this.#started) throw new Error('a body is read once');
    this.#started = true;
    if (this.#error !== undefined) {
      sink.fail(this.#error);
      return;
    }
    this.#sink = sink;
    this.#movedAt = performance.now();
    this.#owner.bodyWanted();
    this.#stream.on('data', this.#onData);
    this.#stream.resume();
    if (this.#waiting) this.#onStreamEnd();
  }

  resume(): void {
    if (this.#settled) return;
    this.#paused = false;
    this.#movedAt = performance.now();
    this.#stream.resume();
  }

  cancel(): void {
    this.#started = true;
    if (this.#settled) return;
    this.#settle(false);
    this.#owner.bodyCancelled();
  }

  watch(onEnd: (complete: boolean) => void): void {
    if (this.#settled) onEnd(this.#complete);
    else this.#onEnd = onEnd;
  }

  /** The body will not be completed. */
  fail(error: Error): void {
    if (this.#settled || (this.#waiting && !this.#started)) return;
    this.#error = error;
    const sink = this.#sink;
    this.#settle(false);
    sink?.fail(error);
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#received += chunk.length;
    this.#movedAt = performance.now();
    if (this.#received > (this.#expected ?? Number.POSITIVE_INFINITY)) {
      this.#break('the body is longer than its head says');
    } else if (this.#sink?.write(chunk) === false) {
      this.#paused = true;
      this.#stream.pause();
    }
  };

  readonly #onStreamEnd = (): void => {
    const inOrder = this.#waiting || this.#owner.endedInOrder;
    if (this.#sink === undefined && inOrder) this.#waiting = true;
    else if (!inOrder) this.fail(new Error('the stream broke off'));
    else if (this.#received < (this.#expected ?? 0)) this.#break('the body is shorter than its head says');
    else this.#finish();
  };

  #finish(): void {
    const trailers = readH2Trailers(this.#trailers, DEFAULT_LIMITS);
    if (trailers === undefined) {
      this.#break('malformed trailers');
      return;
    }
    const sink = this.#sink;
    this.#lastTrailers = trailers.size > 0 ? trailers : undefined;
    this.#settle(true);
    sink?.end(this.#lastTrailers);
  }

  /** The peer broke a rule: what came is dropped, and so is the stream. */
  #break(reason: string): void {
    this.fail(new Error(reason));
    this.#owner.bodyCancelled();
  }

  #settle(complete: boolean): void {
    this.#settled = true;
    this.#complete = complete;
    this.#sink = undefined;
    this.#stream.removeListener('data', this.#onData);
    this.#stream.removeListener('end', this.#onStreamEnd);
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    onEnd?.(complete);
  }
}
