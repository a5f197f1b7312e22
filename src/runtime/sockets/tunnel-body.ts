import type { Framing } from '../../http/framing.ts';
import type { BodySink, BodySource } from './body.ts';
import type { SocketStream } from './socket-stream.ts';

const UNTIL_CLOSE: Framing = { kind: 'close' };

/**
 * What a client sends through a tunnel that is only asked for: it begins to flow once the client was told that
 * the tunnel stands. It counts as started from the first, as a request for a tunnel is never sent twice.
 */
export class TunnelBody implements BodySource {
  readonly framing = UNTIL_CLOSE;
  readonly started = true;
  /** There is no request body to read, and nothing to wait for before the response. */
  readonly done = true;
  /** The protocol to upgrade to, or undefined for a tunnel of CONNECT. */
  readonly upgrade: string | undefined;
  #stream: SocketStream | undefined;
  #sink: BodySink | undefined;
  #cancelled = false;
  #onEnd: ((complete: boolean) => void) | undefined;

  constructor(upgrade: string | undefined) {
    this.upgrade = upgrade;
  }

  get received(): number {
    return this.#stream?.received ?? 0;
  }

  /** Whether a response of this status opens the tunnel. */
  isOpenedBy(status: number): boolean {
    return this.upgrade === undefined ? status >= 200 && status < 300 : status === 101;
  }

  /** The client was told: its bytes flow. */
  open(stream: SocketStream): void {
    this.#stream = stream;
    if (this.#onEnd !== undefined) stream.watch(this.#onEnd);
    if (this.#cancelled) stream.cancel();
    else if (this.#sink !== undefined) stream.start(this.#sink);
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#stream?.start(sink);
  }

  resume(): void {
    this.#stream?.resume();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#stream?.cancel();
  }

  watch(onEnd: (complete: boolean) => void): void {
    this.#onEnd = onEnd;
    this.#stream?.watch(onEnd);
  }

  /** The client went before the tunnel stood. */
  fail(error: Error): void {
    if (this.#stream === undefined) this.#sink?.fail(error);
  }
}
