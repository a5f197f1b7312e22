import type { Framing } from '../../http/framing.ts';
import type { HeaderList } from '../../http/header-list.ts';
import type { BodySink, BodySource } from './body.ts';
import { ByteLog } from './byte-log.ts';
import { BytesBody } from './bytes-body.ts';

/** Makes bodies with the octets of one that was read whole; undefined where it was not, or was too long. */
export type OnCopy = (make: (() => BodySource) | undefined) => void;

/** A request body that passes through unchanged while a copy of up to a limit in bytes is kept for mirrors. */
export class CopiedBody implements BodySource, BodySink {
  readonly #source: BodySource;
  readonly #limit: number;
  readonly #onCopy: OnCopy;
  /** Undefined once it was told what became of the copy. */
  #log: ByteLog | undefined;
  #sink: BodySink | undefined;

  constructor(source: BodySource, limit: number, onCopy: OnCopy) {
    this.#source = source;
    this.#limit = limit;
    this.#onCopy = onCopy;
    const { framing } = source;
    this.#log = new ByteLog(framing.kind === 'length' ? Math.min(framing.length, limit) : 0);
  }

  get framing(): Framing {
    return this.#source.framing;
  }

  get started(): boolean {
    return this.#source.started;
  }

  get received(): number {
    return this.#source.received ?? 0;
  }

  get trailers(): HeaderList | undefined {
    return this.#source.trailers;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#source.start(this);
  }

  resume(): void {
    this.#source.resume();
  }

  cancel(): void {
    this.#source.cancel();
    this.#tell(undefined);
  }

  watch(onEnd: (complete: boolean) => void): void {
    this.#source.watch(onEnd);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#log !== undefined && this.#log.length + chunk.length > this.#limit) this.#tell(undefined);
    this.#log?.append(chunk);
    return this.#sink?.write(chunk) ?? true;
  }

  end(trailers?: HeaderList): void {
    this.#sink?.end(trailers);
    const bytes = this.#log?.bytes ?? EMPTY;
    this.#tell(() => new BytesBody(bytes, this.framing));
  }

  fail(error: Error): void {
    this.#tell(undefined);
    this.#sink?.fail(error);
  }

  #tell(make: (() => BodySource) | undefined): void {
    if (this.#log === undefined) return;
    this.#log = undefined;
    this.#onCopy(make);
  }
}

const EMPTY = new Uint8Array(0);
