import type { Socket } from 'node:net';
import { HeaderList } from '../../http/header-list.ts';
import { DEFAULT_LIMITS } from '../../http/limits.ts';
import { type RequestHead, readRequestHead } from '../../http/read-request-head.ts';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { ProxyResponse } from '../../proxy/forward/transport.ts';
import type { BodySource } from './body.ts';
import type { BodyWriter } from './body-writer.ts';
import { IncomingBody } from './incoming-body.ts';
import { Patience } from './patience.ts';
import { ServerExchange } from './server-exchange.ts';
import type { ServerOptions } from './server-options.ts';
import { endsWithConnection, resetSocket, sendRefusal, sendResponse } from './server-response.ts';
import { SocketWriter } from './socket-writer.ts';

const EMPTY = new Uint8Array(0);
const CONTINUE = new TextEncoder().encode('HTTP/1.1 100 Continue\r\n\r\n');

/** One client connection that speaks HTTP/1.1: heads in, responses out, in order. */
export class ServerConnection {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #options: ServerOptions;
  readonly #writer: SocketWriter;
  readonly #patience = new Patience();
  #buffer: Uint8Array = EMPTY;
  /** Bytes of the buffer that were read as an incomplete head. */
  #seen = 0;
  #exchange: ServerExchange | undefined;
  #response: BodyWriter | undefined;
  /** A response is being handed to the writer. */
  #sending = false;
  #expectsContinue = false;
  #paused = false;
  #draining = false;
  /** Our side is over: what still arrives is thrown away. */
  #closing = false;

  constructor(socket: Socket, connection: Connection, options: ServerOptions) {
    this.#socket = socket;
    this.#connection = connection;
    this.#options = options;
    this.#writer = new SocketWriter(socket);
    this.#patience.arm(options.deadlines.idleMs);
  }

  /** Begins to serve; `first` are bytes that were read before. */
  start(first: Uint8Array): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Uint8Array) => this.#guarded(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#gone());
    if (first.length > 0) this.#guarded(first);
  }

  /** Lets the current exchange end, then closes; at once when there is none. */
  drain(): void {
    this.#draining = true;
    if (this.#exchange === undefined && !this.#closing) this.#close();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Ends what has waited too long. `now` is of `performance.now()`. */
  sweep(now: number): void {
    const waiting = this.#response !== undefined && this.#socket.writableNeedDrain;
    const stalled = this.#patience.isStalled(waiting, now, this.#options.deadlines.bodyIdleMs);
    if (!stalled && !this.#patience.isOver(now)) return;
    if (!stalled && this.#seen > 0 && !this.#closing) this.#refuse(408, 'request header timeout');
    else this.#socket.destroy();
  }

  // What the body of the request asks for.

  pauseBody(): void {
    this.#pause();
    this.#patience.disarm();
  }

  resumeBody(): void {
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      this.#writer.write(CONTINUE);
    }
    this.#patience.arm(this.#options.deadlines.bodyIdleMs);
    this.#resume();
  }

  cancelBody(): void {
    // The rest is read and dropped, so that the client can take the response (RFC 9112 §9.6).
    if (!this.#closing) this.#patience.arm(this.#options.deadlines.bodyIdleMs);
    this.#resume();
  }

  // What the body of the response tells.

  bodyWritten(): void {
    this.#response = undefined;
    if (!this.#sending) this.#finish();
  }

  bodyBroken(): void {
    this.#response = undefined;
    this.#closing = true;
    resetSocket(this.#socket);
  }

  /** An error of ours must end this connection, not the process. */
  #guarded(chunk: Uint8Array): void {
    try {
      this.#receive(chunk);
    } catch (error) {
      this.#options.log.error('connection failed', { error: String(error) });
      resetSocket(this.#socket);
    }
  }

  #receive(chunk: Uint8Array): void {
    if (this.#closing) return;
    const body = this.#exchange?.body;
    const rest = body === undefined || body.done ? chunk : this.#feed(body, chunk);
    if (rest.length === 0 || this.#closing) return;
    this.#buffer = this.#buffer.length === 0 ? rest : Buffer.concat([this.#buffer, rest]);
    if (this.#exchange === undefined) this.#next();
    else this.#pause();
  }

  #feed(body: IncomingBody, bytes: Uint8Array): Uint8Array {
    this.#expectsContinue = false;
    this.#patience.arm(this.#options.deadlines.bodyIdleMs);
    try {
      const consumed = body.push(bytes);
      if (!body.done) return EMPTY;
      this.#patience.disarm();
      return bytes.subarray(consumed);
    } catch (error) {
      body.fail(error as Error);
      this.#refuse(400, 'malformed body');
      return EMPTY;
    }
  }

  #next(): void {
    const read = readRequestHead(this.#buffer, DEFAULT_LIMITS, this.#seen);
    if (read.kind === 'more') {
      if (this.#seen === 0) this.#patience.arm(this.#options.deadlines.headerMs);
      this.#seen = this.#buffer.length;
      this.#resume();
      return;
    }
    this.#seen = 0;
    if (read.kind === 'refusal') this.#refuse(read.status, read.reason);
    else if (read.upgrade !== undefined) this.#refuse(501, 'upgrades are not supported');
    else if (read.head.method === 'CONNECT') this.#refuse(501, 'tunnels are not supported');
    else this.#begin(read);
  }

  #begin(read: RequestHead): void {
    const { head, framing, length, keepAlive, version } = read;
    const rest = this.#buffer.subarray(length);
    this.#buffer = EMPTY;
    this.#patience.disarm();
    const bodiless = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0);
    const body = bodiless ? undefined : new IncomingBody(framing, this);
    this.#expectsContinue = read.expectContinue && body !== undefined;
    // Expect is between the client and us: we say when we want the body (RFC 9110 §10.1.1).
    if (read.expectContinue) head.headers.delete('expect');
    const exchange = new ServerExchange(head, this.#connection, body, keepAlive, version === '1.1');
    this.#exchange = exchange;
    if (rest.length > 0) this.#receive(rest);
    else this.#resume();
    if (this.#closing) return;
    this.#options.handler(exchange).then(
      (response) => this.#respond(exchange, response),
      (error: unknown) => this.#crash(exchange, error),
    );
  }

  #crash(exchange: ServerExchange, error: unknown): void {
    this.#options.log.error('handler failed', { error: String(error) });
    this.#respond(exchange, { status: 500, reason: '', headers: new HeaderList(), body: undefined });
  }

  #respond(exchange: ServerExchange, response: ProxyResponse<BodySource>): void {
    if (this.#exchange !== exchange || this.#closing || response.status === 0) {
      if (typeof response.body !== 'string') response.body?.cancel();
      if (this.#exchange === exchange) this.#socket.destroy();
      return;
    }
    try {
      this.#send(exchange, response);
    } catch (error) {
      this.#options.log.error('response failed', { error: String(error) });
      if (typeof response.body !== 'string') response.body?.cancel();
      resetSocket(this.#socket);
    }
  }

  #send(exchange: ServerExchange, response: ProxyResponse<BodySource>): void {
    if (
      this.#draining ||
      this.#options.retired() ||
      this.#expectsContinue ||
      endsWithConnection(response, exchange)
    ) {
      exchange.keepAlive = false;
    }
    this.#expectsContinue = false;
    this.#sending = true;
    const sending = sendResponse(this.#writer, response, exchange, this);
    this.#sending = false;
    if (this.#closing) return;
    if (exchange.body?.started === false) exchange.body.cancel();
    if (sending === undefined || sending.over) this.#finish();
    else this.#response = sending;
  }

  #finish(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    const { body } = exchange;
    if (body?.done === false) {
      body.cancel();
      this.#close();
    } else if (!exchange.keepAlive || this.#draining) {
      this.#close();
    } else if (this.#buffer.length > 0) {
      this.#next();
    } else {
      this.#patience.arm(this.#options.deadlines.idleMs);
      this.#resume();
    }
  }

  #refuse(status: number, text: string): void {
    this.#exchange?.abort();
    this.#exchange = undefined;
    if (this.#response !== undefined) {
      this.#response.abandon();
      this.bodyBroken();
      return;
    }
    sendRefusal(this.#writer, status, text);
    this.#close();
  }

  /** Ends our side and waits a little for theirs, so that a reset does not overtake the response. */
  #close(): void {
    const { bodyIdleMs, lingerMs } = this.#options.deadlines;
    this.#closing = true;
    this.#buffer = EMPTY;
    this.#patience.arm(bodyIdleMs);
    this.#socket.end(() => this.#patience.arm(lingerMs));
    this.#resume();
  }

  #ended(): void {
    // As in Envoy: a client that ended its side does not wait for an answer.
    if (this.#exchange !== undefined) this.#socket.destroy();
    else if (!this.#closing) this.#close();
  }

  #gone(): void {
    this.#closing = true;
    this.#exchange?.abort();
    this.#exchange?.body?.fail(new Error('the client is gone'));
    this.#exchange = undefined;
    this.#response?.abandon();
    this.#response = undefined;
  }

  #drained(): void {
    this.#patience.progressed();
    this.#response?.drained();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }
}
