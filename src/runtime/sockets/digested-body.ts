import { createHash } from 'node:crypto';
import type { Framing } from '../../http/framing.ts';
import type { BodySink, BodySource } from './body.ts';

/**
 * A request body that must have one SHA-256. The last octets wait until all have come: where they are other ones, the
 * body breaks off, and whoever reads it never sees its end. Trailers, which nobody signs, are dropped.
 */
export class DigestedBody implements BodySource, BodySink {
  readonly #source: BodySource;
  readonly #digest: Uint8Array;
  readonly #hash = createHash('sha256');
  #sink: BodySink | undefined;
  /** What came last, and is not passed on yet; ours, for the chunk of a source may not be kept. */
  #held: Uint8Array | undefined;
  #over = false;

  constructor(source: BodySource, digest: Uint8Array) {
    this.#source = source;
    this.#digest = digest;
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

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#source.start(this);
  }

  resume(): void {
    this.#source.resume();
  }

  cancel(): void {
    this.#over = true;
    this.#source.cancel();
  }

  watch(onEnd: (complete: boolean) => void): void {
    this.#source.watch(onEnd);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over || chunk.length === 0) return true;
    this.#hash.update(chunk);
    const ready = this.#held === undefined || (this.#sink?.write(this.#held) ?? true);
    // One octet is enough to hold back, and cheap to copy.
    this.#held = chunk.slice(chunk.length - 1);
    if (chunk.length === 1) return ready;
    return (this.#sink?.write(chunk.subarray(0, chunk.length - 1)) ?? true) && ready;
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    if (!this.#holds()) {
      this.#sink?.fail(new Error('the body is not the one that was signed'));
      return;
    }
    if (this.#held !== undefined) this.#sink?.write(this.#held);
    this.#sink?.end();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink?.fail(error);
  }

  #holds(): boolean {
    const found = this.#hash.digest();
    return found.length === this.#digest.length && found.every((octet, i) => octet === this.#digest[i]);
  }
}
