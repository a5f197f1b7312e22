import type { Framing } from '../../http/framing.ts';
import type { HeaderList } from '../../http/header-list.ts';
import type { Peeked } from '../../proxy/forward/body-port.ts';
import type { BodySink, BodySource } from './body.ts';
import { ByteLog } from './byte-log.ts';

/** Reads up to `limit` bytes of a body ahead of whoever will read all of it. Never rejects. */
export function peekBody(source: BodySource, limit: number): Promise<Peeked<BodySource>> {
  return new Promise((resolve) => {
    const body: PeekedBody = new PeekedBody(source, limit, (bytes, whole) => resolve({ bytes, whole, body }));
    body.peek();
  });
}

/** A body whose beginning was read, and which waits from there on until somebody reads it. */
class PeekedBody implements BodySource, BodySink {
  readonly #source: BodySource;
  readonly #limit: number;
  readonly #log: ByteLog;
  /** Undefined once it was told. */
  #onPeek: ((bytes: Uint8Array, whole: boolean) => void) | undefined;
  #sink: BodySink | undefined;
  #end: { readonly trailers: HeaderList | undefined } | undefined;
  #error: Error | undefined;
  started = false;

  constructor(source: BodySource, limit: number, onPeek: (bytes: Uint8Array, whole: boolean) => void) {
    this.#source = source;
    this.#limit = limit;
    this.#onPeek = onPeek;
    const { framing } = source;
    this.#log = new ByteLog(framing.kind === 'length' ? Math.min(framing.length, limit) : 0);
  }

  get framing(): Framing {
    return this.#source.framing;
  }

  get received(): number {
    return this.#source.received ?? 0;
  }

  get trailers(): HeaderList | undefined {
    return this.#source.trailers;
  }

  peek(): void {
    this.#source.start(this);
  }

  // What the reader asks.

  start(sink: BodySink): void {
    this.started = true;
    this.#sink = sink;
    const kept = this.#log.bytes;
    const ready = kept.length === 0 || sink.write(kept);
    if (this.#error !== undefined) sink.fail(this.#error);
    else if (this.#end !== undefined) sink.end(this.#end.trailers);
    else if (ready) this.#source.resume();
  }

  resume(): void {
    if (this.#end === undefined && this.#error === undefined) this.#source.resume();
  }

  cancel(): void {
    this.started = true;
    this.#sink = undefined;
    this.#source.cancel();
  }

  watch(onEnd: (complete: boolean) => void): void {
    this.#source.watch(onEnd);
  }

  // What the source gives.

  write(chunk: Uint8Array): boolean {
    if (this.#sink !== undefined) return this.#sink.write(chunk);
    if (this.started) return false;
    this.#log.append(chunk);
    if (this.#log.length <= this.#limit) return true;
    this.#tell(false);
    return false;
  }

  end(trailers?: HeaderList): void {
    this.#end = { trailers };
    this.#sink?.end(trailers);
    this.#tell(true);
  }

  fail(error: Error): void {
    this.#error = error;
    this.#sink?.fail(error);
    this.#tell(false);
  }

  #tell(whole: boolean): void {
    const onPeek = this.#onPeek;
    this.#onPeek = undefined;
    onPeek?.(this.#log.bytes.subarray(0, this.#limit), whole);
  }
}
