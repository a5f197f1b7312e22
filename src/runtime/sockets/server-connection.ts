import type { Socket } from 'node:net';
import { HeaderList } from '../../http/header-list.ts';
import { DEFAULT_LIMITS } from '../../http/limits.ts';
import { type RequestHead, readRequestHead } from '../../http/read-request-head.ts';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { ProxyResponse } from '../../proxy/forward/transport.ts';
import { Canceller } from '../ports.ts';
import { after } from './after.ts';
import type { BodySource } from './body.ts';
import type { BodyWriter } from './body-writer.ts';
import { Flow } from './flow.ts';
import type { IncomingBody } from './incoming-body.ts';
import { Patience } from './patience.ts';
import { giveBack } from './read-memory.ts';
import { resetSocket } from './reset-socket.ts';
import { requestBody, ServerExchange } from './server-exchange.ts';
import type { ServerOptions } from './server-options.ts';
import { endsWithConnection, sendContinue, sendRefusal, sendResponse } from './server-response.ts';
import { openTunnel } from './server-tunnel.ts';
import { SocketWriter } from './socket-writer.ts';
import { UnreadBytes } from './unread-bytes.ts';

const EMPTY = new Uint8Array(0);

/** One client connection that speaks HTTP/1.1: heads in, responses out, in order. */
export class ServerConnection {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #options: ServerOptions;
  readonly #writer: SocketWriter;
  readonly #flow: Flow;
  readonly #patience = new Patience();
  readonly #client = new Canceller();
  readonly #unread = new UnreadBytes();
  #exchange: ServerExchange | undefined;
  #response: BodyWriter | undefined;
  #tunnel: ReturnType<typeof openTunnel>;
  /** A response is being handed to the writer. */
  #sending = false;
  #expectsContinue = false;
  #draining = false;
  /** Our side is over: what still arrives is thrown away. */
  #closing = false;

  constructor(socket: Socket, connection: Connection, options: ServerOptions) {
    this.#socket = socket;
    this.#connection = connection;
    this.#options = options;
    this.#writer = new SocketWriter(socket);
    this.#flow = new Flow(socket);
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
    const waiting = this.#tunnel === undefined && this.#socket.writableNeedDrain;
    const stalled = this.#patience.isStalled(waiting, now, this.#options.deadlines.bodyIdleMs);
    const quiet = this.#tunnel?.isQuiet(now, this.#options.deadlines.tunnelIdleMs);
    if (!stalled && !quiet && !this.#patience.isOver(now)) return;
    if (!stalled && this.#unread.seen > 0 && !this.#closing) this.#refuse(408, 'request header timeout');
    else this.#socket.destroy();
  }

  // What the body of the request asks for.

  pauseBody(): void {
    this.#flow.pause();
    this.#patience.disarm();
  }

  resumeBody(): void {
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      sendContinue(this.#writer);
    }
    this.#patience.arm(this.#options.deadlines.bodyIdleMs);
    this.#flow.resume();
  }

  cancelBody(): void {
    // The rest is read and dropped, so that the client can take the response (RFC 9112 §9.6).
    if (!this.#closing) this.#patience.arm(this.#options.deadlines.bodyIdleMs);
    this.#flow.resume();
  }

  // What the body of the response tells.

  bodyWritten(): void {
    this.#response = undefined;
    if (!this.#sending) this.#finish();
  }

  bodyBroken(): void {
    this.#response = undefined;
    this.#closing = true;
    this.#writer.flush();
    resetSocket(this.#socket);
  }

  /** An error of ours must end this connection, not the process. */
  #guarded(chunk: Uint8Array): void {
    try {
      if (!this.#closing) this.#receive(chunk);
      else if (this.#tunnel === undefined) giveBack(chunk);
    } catch (error) {
      this.#options.log.error('connection failed', { error: String(error) });
      resetSocket(this.#socket);
    }
  }

  #receive(chunk: Uint8Array): void {
    const body = this.#exchange?.body;
    const rest = body === undefined || body.done ? chunk : this.#feed(body, chunk);
    if (rest.length === 0 || this.#closing) return;
    this.#unread.append(rest);
    if (this.#exchange === undefined) this.#next();
    else this.#flow.pause();
  }

  #feed(body: IncomingBody, bytes: Uint8Array): Uint8Array {
    this.#expectsContinue = false;
    this.#patience.arm(this.#options.deadlines.bodyIdleMs);
    try {
      const consumed = body.push(bytes);
      if (!body.done) return EMPTY;
      this.#patience.disarm();
      return after(bytes, consumed);
    } catch (error) {
      body.fail(error as Error);
      this.#refuse(400, 'malformed body');
      return EMPTY;
    }
  }

  #next(): void {
    if (this.#socket.writableNeedDrain) {
      this.pauseBody(); // Who takes no answers gets no more of them until `drain`.
      return;
    }
    const unread = this.#unread;
    const read = readRequestHead(unread.bytes, DEFAULT_LIMITS, unread.seen);
    if (read.kind === 'more') {
      if (unread.seen === 0) this.#patience.arm(this.#options.deadlines.headerMs);
      unread.seen = unread.length;
      this.#flow.resume();
      return;
    }
    unread.seen = 0;
    if (read.kind === 'refusal') this.#refuse(read.status, read.reason);
    else this.#begin(read);
  }

  #begin(read: RequestHead): void {
    const body = requestBody(read, this);
    if (body !== undefined && 'reason' in body) {
      this.#refuse(body.status, body.reason);
      return;
    }
    const rest = this.#unread.takeAfter(read.length);
    this.#patience.disarm();
    this.#expectsContinue = read.expectContinue && body !== undefined;
    // Expect is between the client and us: we say when we want the body (RFC 9110 §10.1.1).
    if (read.expectContinue) read.head.headers.delete('expect');
    const exchange = new ServerExchange(read, this.#connection, body, this.#writer, this.#client);
    this.#exchange = exchange;
    if (rest.length > 0) this.#receive(rest);
    else this.#flow.resume();
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
    const leaving = this.#draining || this.#options.retired() || this.#expectsContinue;
    if (leaving || endsWithConnection(response, exchange)) exchange.keepAlive = false;
    this.#expectsContinue = false;
    if (this.#switch(exchange, response)) return;
    this.#sending = true;
    const sending = sendResponse(this.#writer, response, exchange, this);
    this.#sending = false;
    if (this.#closing) return;
    if (exchange.body?.started === false) exchange.body.cancel();
    if (sending === undefined || sending.over) this.#finish();
    else this.#response = sending;
  }

  /** Whether the response opens a tunnel: from here on the connection is that. */
  #switch({ body }: ServerExchange, response: ProxyResponse<BodySource>): boolean {
    this.#tunnel = openTunnel(this.#socket, this.#writer, this.#unread.bytes, body, response);
    if (this.#tunnel === undefined) return false;
    this.#exchange = undefined;
    this.#unread.clear();
    this.#closing = true;
    return true;
  }

  #finish(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    if (exchange.body?.done === false) {
      exchange.body.cancel();
      this.#close();
    } else if (!exchange.keepAlive || this.#draining) {
      this.#close();
    } else if (this.#unread.length > 0) {
      this.#next();
    } else {
      this.#patience.arm(this.#options.deadlines.idleMs);
      this.#flow.resume();
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
    this.#unread.drop();
    this.#patience.arm(bodyIdleMs);
    this.#writer.flush();
    this.#socket.end(() => this.#patience.arm(lingerMs));
    this.#flow.resume();
  }

  #ended(): void {
    // As in Envoy: a client that ended its side does not wait for an answer, unless half a tunnel is left to it.
    if (this.#exchange?.awaitsTunnel === false) this.#socket.destroy();
    else if (this.#exchange === undefined && !this.#closing) this.#close();
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
    if (this.#exchange === undefined && !this.#closing && this.#unread.length > 0) this.#next();
  }
}
