import type { Framing } from '../../http/framing.ts';
import type { BodySink, BodySource } from './body.ts';

/** A body that is here already. */
export class BytesBody implements BodySource {
  readonly framing: Framing;
  readonly #bytes: Uint8Array;
  readonly #onEnd: ((complete: boolean) => void)[] = [];
  started = false;

  constructor(bytes: Uint8Array, framing: Framing = { kind: 'length', length: bytes.length }) {
    this.#bytes = bytes;
    this.framing = framing;
  }

  start(sink: BodySink): void {
    this.started = true;
    if (this.#bytes.length > 0) sink.write(this.#bytes);
    sink.end();
    for (const onEnd of this.#onEnd.splice(0)) onEnd(true);
  }

  resume(): void {}

  cancel(): void {
    this.started = true;
    for (const onEnd of this.#onEnd.splice(0)) onEnd(false);
  }

  watch(onEnd: (complete: boolean) => void): void {
    this.#onEnd.push(onEnd);
  }
}
