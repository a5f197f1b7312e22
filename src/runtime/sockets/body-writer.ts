import type { Framing } from '../../http/framing.ts';
import type { HeaderList } from '../../http/header-list.ts';
import { CHUNK_END, chunkHeader, lastChunk } from '../../http/write-chunk.ts';
import type { BodySink, BodySource } from './body.ts';
import type { SocketWriter } from './socket-writer.ts';

/** Hears how a body went out. */
export interface BodyWriterOwner {
  bodyWritten(): void;
  /** The peer must not take what it got for a whole body. */
  bodyBroken(error: Error): void;
}

/** Sends a body in a given framing and sees to it that its length is what the head said. */
export class BodyWriter implements BodySink {
  readonly #writer: SocketWriter;
  readonly #framing: Framing;
  readonly #source: BodySource;
  readonly #owner: BodyWriterOwner;
  #left: number;
  #paused = false;
  #over = false;

  constructor(writer: SocketWriter, framing: Framing, source: BodySource, owner: BodyWriterOwner) {
    this.#writer = writer;
    this.#framing = framing;
    this.#source = source;
    this.#owner = owner;
    this.#left = framing.kind === 'length' ? framing.length : Number.POSITIVE_INFINITY;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over || chunk.length === 0) return !this.#paused;
    this.#left -= chunk.length;
    if (this.#left < 0) {
      this.#break(new Error('the body is longer than its head says'));
      return false;
    }
    const ready = this.#framing.kind === 'chunked' ? this.#writeChunk(chunk) : this.#writer.write(chunk);
    if (!ready) this.#paused = true;
    return ready;
  }

  end(trailers?: HeaderList): void {
    if (this.#over) return;
    if (this.#framing.kind === 'length' && this.#left > 0) {
      this.#break(new Error('the body is shorter than its head says'));
      return;
    }
    this.#over = true;
    if (this.#framing.kind === 'chunked') this.#writer.write(lastChunk(trailers));
    this.#owner.bodyWritten();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.bodyBroken(error);
  }

  /** Whether the body went out or broke. */
  get over(): boolean {
    return this.#over;
  }

  /** The socket takes bytes again. */
  drained(): void {
    if (!this.#paused || this.#over) return;
    this.#paused = false;
    this.#source.resume();
  }

  /** The socket is gone: nobody will read the rest of the source. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#source.cancel();
  }

  #writeChunk(chunk: Uint8Array): boolean {
    this.#writer.write(chunkHeader(chunk.length));
    this.#writer.write(chunk);
    return this.#writer.write(CHUNK_END);
  }

  #break(error: Error): void {
    this.#over = true;
    this.#source.cancel();
    this.#owner.bodyBroken(error);
  }
}
