import type { Http2Stream } from 'node:http2';
import type { Framing } from '../../http/framing.ts';
import type { HeaderList } from '../../http/header-list.ts';
import { h2TrailerFields } from '../../http/write-h2-head.ts';
import type { BodySink, BodySource } from './body.ts';
import type { BodyWriterOwner } from './body-writer.ts';
import { Patience } from './patience.ts';

/** Sends a body and its trailers on an HTTP/2 stream that was opened with `waitForTrailers`. */
export class H2BodyWriter implements BodySink {
  readonly #stream: Http2Stream;
  readonly #source: BodySource;
  readonly #owner: BodyWriterOwner;
  readonly #patience = new Patience();
  #left: number;
  #paused = false;
  #over = false;
  #ended = false;
  #trailers: HeaderList | undefined;

  constructor(stream: Http2Stream, framing: Framing, source: BodySource, owner: BodyWriterOwner) {
    this.#stream = stream;
    this.#source = source;
    this.#owner = owner;
    this.#left = framing.kind === 'length' ? framing.length : Number.POSITIVE_INFINITY;
    stream.on('drain', this.#drained);
    stream.on('wantTrailers', this.#finish);
  }

  /** Whether the body went out or broke. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether the peer has not taken bytes for longer than `ms`. */
  isStalled(now: number, ms: number): boolean {
    return this.#patience.isStalled(this.#stream.writableNeedDrain, now, ms);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over || chunk.length === 0) return !this.#paused;
    this.#left -= chunk.length;
    if (this.#left < 0) {
      this.#break(new Error('the body is longer than its head says'));
      return false;
    }
    this.#paused = !this.#stream.write(chunk);
    return !this.#paused;
  }

  end(trailers?: HeaderList): void {
    if (this.#over) return;
    if (this.#left > 0 && Number.isFinite(this.#left)) {
      this.#break(new Error('the body is shorter than its head says'));
      return;
    }
    this.#over = true;
    this.#ended = true;
    this.#trailers = trailers;
    this.#stream.end();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.bodyBroken(error);
  }

  /** The stream is gone: nobody will read the rest of the source. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#source.cancel();
  }

  readonly #drained = (): void => {
    this.#patience.progressed();
    if (!this.#paused || this.#over) return;
    this.#paused = false;
    this.#source.resume();
  };

  /** All bytes are out; without trailers an empty frame ends the stream. */
  readonly #finish = (): void => {
    // Bun asks for the trailers of a stream that is being reset, too.
    if (!this.#ended || this.#stream.closed || this.#stream.destroyed) return;
    try {
      this.#stream.sendTrailers(h2TrailerFields(this.#trailers));
    } catch (error) {
      this.#owner.bodyBroken(error as Error);
      return;
    }
    this.#owner.bodyWritten();
  };

  #break(error: Error): void {
    this.#over = true;
    this.#source.cancel();
    this.#owner.bodyBroken(error);
  }
}
