import type { Socket } from 'node:net';
import type { Framing } from '../../http/framing.ts';
import type { Traffic } from '../../proxy/forward/stream-transport.ts';
import type { BodySink, BodySource } from './body.ts';
import { noteRead, writeOnce } from './read-memory.ts';
import { resetSocket } from './reset-socket.ts';
import { pauseSocket, resumeSocket } from './socket-flow.ts';
import { SocketWriter } from './socket-writer.ts';

const UNTIL_CLOSE: Framing = { kind: 'close' };

/** A read is one write here; on Deno to wait for the end of the turn costs more than what it saves. */
const AT_ONCE = 'Deno' in globalThis;

/**
 * A socket whose bytes pass unread: what arrives is its source, what is to go out its sink. The end of one
 * direction leaves the other open; a reset never looks like an end. Its owner hears `error`.
 */
export class SocketStream implements BodySource, BodySink {
  readonly framing = UNTIL_CLOSE;
  readonly #socket: Socket;
  readonly #writer: SocketWriter;
  #early: Uint8Array[];
  #sink: BodySink | undefined;
  #feeder: BodySource | undefined;
  #inEnded = false;
  #outEnded = false;
  #over = false;
  #watchers: ((complete: boolean) => void)[] = [];
  /** Bytes that arrived, and bytes that were sent. */
  #in = 0;
  #out = 0;
  #seen = -1;
  #quietSince = 0;

  /** `early` are bytes that were read before. Nothing more is read until `start`. */
  constructor(socket: Socket, early: Uint8Array) {
    this.#socket = socket;
    this.#writer = new SocketWriter(socket);
    this.#early = early.length > 0 ? [early] : [];
    this.#in = early.length;
    pauseSocket(socket);
    // Who parsed what came before would be called for every chunk still.
    socket.removeAllListeners('data');
    socket.removeAllListeners('drain');
    socket.on('data', (chunk: Uint8Array) => this.#arrived(chunk));
    socket.on('drain', () => this.#feeder?.resume());
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#closed());
    if (socket.readableEnded) this.#inEnded = true;
    if (socket.destroyed) this.#closed();
  }

  get started(): boolean {
    return this.#sink !== undefined;
  }

  get received(): number {
    return this.#in;
  }

  /** What passed, as seen by a client on the other side of this socket's peer. */
  get traffic(): Traffic {
    return { sent: this.#out, received: this.#in, complete: this.#inEnded && this.#outEnded };
  }

  /** Sends what `source` gives; when this socket goes, the source is cancelled. */
  receive(source: BodySource): void {
    this.#feeder = source;
    if (this.#over) source.cancel();
    else source.start(this);
  }

  /** Whether nothing passed in either direction for `ms`, as seen at every look. */
  isQuiet(now: number, ms: number): boolean {
    const passed = this.#in + this.#out;
    if (passed !== this.#seen) {
      this.#seen = passed;
      this.#quietSince = now;
    }
    return now - this.#quietSince >= ms;
  }

  // As a source.

  start(sink: BodySink): void {
    if (this.#sink !== undefined) throw new Error('a stream is read once');
    this.#sink = sink;
    const early = this.#early;
    this.#early = [];
    let ready = true;
    for (const chunk of early) ready = sink.write(chunk);
    if (this.#inEnded) sink.end();
    else if (this.#over) sink.fail(new Error('the connection is lost'));
    else if (ready) resumeSocket(this.#socket);
  }

  resume(): void {
    if (!this.#over && this.#sink !== undefined) resumeSocket(this.#socket);
  }

  /** Half a tunnel is none: the connection ends. */
  cancel(): void {
    resetSocket(this.#socket);
  }

  watch(onEnd: (complete: boolean) => void): void {
    if (this.#over) onEnd(this.traffic.complete);
    else this.#watchers.push(onEnd);
  }

  // As a sink.

  write(chunk: Uint8Array): boolean {
    // A socket that is gone says so by `close`; a late write must not throw.
    if (this.#outEnded || this.#socket.destroyed) return true;
    this.#out += chunk.length;
    return AT_ONCE ? writeOnce(this.#socket, chunk) : this.#writer.write(chunk);
  }

  end(): void {
    if (this.#outEnded) return;
    this.#outEnded = true;
    if (this.#socket.destroyed) return;
    this.#writer.flush();
    this.#socket.end();
  }

  fail(): void {
    if (this.#over) return;
    this.#writer.flush();
    resetSocket(this.#socket);
  }

  #arrived(chunk: Uint8Array): void {
    this.#in += chunk.length;
    noteRead(chunk);
    if (this.#sink === undefined) {
      this.#early.push(chunk);
      pauseSocket(this.#socket);
    } else if (!this.#sink.write(chunk)) {
      pauseSocket(this.#socket);
    }
  }

  #ended(): void {
    if (this.#inEnded) return;
    this.#inEnded = true;
    this.#sink?.end();
  }

  #closed(): void {
    if (this.#over) return;
    this.#over = true;
    if (!this.#inEnded) this.#sink?.fail(new Error('the connection is lost'));
    if (!this.#outEnded) this.#feeder?.cancel();
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher(this.traffic.complete);
  }
}
