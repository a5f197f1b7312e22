import type { Framing } from '../../http/framing.ts';
import type { HeaderList } from '../../http/header-list.ts';
import type { Recording } from '../../proxy/forward/body-port.ts';
import type { BodySink, BodySource } from './body.ts';
import { ByteLog } from './byte-log.ts';

/** What a paused source may still give: the rest of one read, or an HTTP/2 window. */
const AT_HAND = 128 * 1024;

/**
 * A request body that several attempts may send: what its source gives is kept up to a limit and handed on to the
 * attempt of the moment. Between attempts the source waits.
 */
export class RecordedBody implements Recording<BodySource>, BodySink {
  readonly #source: BodySource;
  readonly #limit: number;
  /** Undefined once there is more than the limit, or no attempt will follow. */
  #log: ByteLog | undefined;
  #whole = true;
  #released = false;
  #reader: Reader | undefined;
  #started = false;
  /** How the source ended. */
  #end: { readonly trailers: HeaderList | undefined } | undefined;
  #error: Error | undefined;

  constructor(source: BodySource, limit: number) {
    this.#source = source;
    this.#limit = limit;
    const { framing } = source;
    this.#log = new ByteLog(framing.kind === 'length' ? Math.min(framing.length, limit) : 0);
  }

  get whole(): boolean {
    return this.#whole;
  }

  replay(): BodySource {
    if (!this.#whole || this.#released) throw new Error('nothing is kept of this body');
    this.#reader = new Reader(this, this.#source);
    return this.#reader;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.#reader?.started !== false) this.#log = undefined;
    if (this.#reader === undefined || this.#reader.dropped) this.#source.cancel();
  }

  // What readers ask.

  /** Gives a reader what is kept, then what comes. */
  startFor(reader: Reader, sink: BodySink): void {
    if (reader !== this.#reader) return;
    const kept = this.#log?.bytes;
    const ready = kept === undefined || kept.length === 0 || sink.write(kept);
    if (this.#released) this.#log = undefined;
    if (this.#error !== undefined) sink.fail(this.#error);
    else if (this.#end !== undefined) sink.end(this.#end.trailers);
    else if (!this.#started) this.#start();
    else if (ready) this.#source.resume();
  }

  resumeFor(reader: Reader): void {
    if (reader === this.#reader && this.#started && this.#end === undefined) this.#source.resume();
  }

  droppedBy(reader: Reader): void {
    if (reader === this.#reader && this.#released) this.#source.cancel();
  }

  // What the source gives.

  write(chunk: Uint8Array): boolean {
    this.#keep(chunk);
    return this.#reader?.sink?.write(chunk) ?? false;
  }

  end(trailers?: HeaderList): void {
    this.#end = { trailers };
    this.#reader?.sink?.end(trailers);
  }

  fail(error: Error): void {
    this.#error = error;
    this.#reader?.sink?.fail(error);
  }

  #start(): void {
    this.#started = true;
    this.#source.start(this);
  }

  #keep(chunk: Uint8Array): void {
    if (this.#log === undefined) return;
    // Between attempts a source that was told to wait may still have a little at hand.
    const waiting = this.#reader?.sink === undefined;
    const length = this.#log.length + chunk.length;
    if (length <= (waiting ? this.#limit + AT_HAND : this.#limit)) {
      this.#log.append(chunk);
      return;
    }
    this.#log = undefined;
    // Nobody has these bytes but us: without them no attempt may look complete.
    if (waiting) this.#giveUp();
    else this.#whole = false;
  }

  #giveUp(): void {
    this.#source.cancel();
    this.fail(new Error('more of the body came between two attempts than is kept'));
  }
}

/** The body as one attempt reads it. */
class Reader implements BodySource {
  readonly framing: Framing;
  readonly #body: RecordedBody;
  readonly #source: BodySource;
  sink: BodySink | undefined;
  started = false;
  dropped = false;

  constructor(body: RecordedBody, source: BodySource) {
    this.#body = body;
    this.#source = source;
    this.framing = source.framing;
  }

  start(sink: BodySink): void {
    if (this.started) throw new Error('a body is read once');
    this.started = true;
    this.sink = sink;
    this.#body.startFor(this, sink);
  }

  resume(): void {
    this.#body.resumeFor(this);
  }

  cancel(): void {
    this.started = true;
    this.sink = undefined;
    this.dropped = true;
    this.#body.droppedBy(this);
  }

  watch(onEnd: (complete: boolean) => void): void {
    this.#source.watch(onEnd);
  }
}
