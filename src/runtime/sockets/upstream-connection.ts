import type { Socket } from 'node:net';
import type { CanonicalRequest } from '../../http/message.ts';
import type { ReadResponseHead } from '../../http/read-response-head.ts';
import { requestHeadText } from '../../http/write-head.ts';
import {
  type Attempt,
  type Informed,
  type ProxyResponse,
  TransportError,
} from '../../proxy/forward/transport.ts';
import type { Cancellation } from '../ports.ts';
import { after } from './after.ts';
import type { BodySource } from './body.ts';
import { BodyWriter } from './body-writer.ts';
import { Flow } from './flow.ts';
import { IncomingBody } from './incoming-body.ts';
import { Patience } from './patience.ts';
import { requestFraming } from './request-framing.ts';
import { ResponseHeads } from './response-heads.ts';
import { SocketWriter } from './socket-writer.ts';
import { upgradedResponse } from './upstream-tunnel.ts';

/** Who keeps a connection between its exchanges. */
export interface UpstreamOwner {
  /** It takes another request. */
  idle(connection: UpstreamConnection): void;
  closed(connection: UpstreamConnection): void;
}

/** What of an attempt a connection sends. */
type Sending = Pick<Attempt<BodySource>, 'request' | 'body' | 'client'>;
type Resolve = (response: ProxyResponse<BodySource>) => void;
type Reject = (error: TransportError) => void;

/** Unread response bytes that a reader may leave and still have the connection kept. */
const DISCARD_LIMIT = 16 * 1024;

/** One connection to an upstream: one exchange at a time, then back to its owner. */
export class UpstreamConnection {
  readonly #socket: Socket;
  readonly #owner: UpstreamOwner;
  readonly #writer: SocketWriter;
  readonly #flow: Flow;
  readonly #patience = new Patience();
  readonly #heads = new ResponseHeads();
  #method = '';
  #client: Informed | undefined;
  #busy = false;
  #reusable = true;
  #resolve: Resolve | undefined;
  #reject: Reject | undefined;
  #request: BodyWriter | undefined;
  #response: IncomingBody | undefined;
  #signal: Cancellation | undefined;
  /** Of an upgrade: what the client sends once it is granted. */
  #tunnel: BodySource | undefined;
  #tunnelled = false;
  /** Whether a byte of the current response arrived. */
  answered = false;
  /** `performance.now()` when it became idle. */
  idleSince = 0;

  constructor(socket: Socket, owner: UpstreamOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#writer = new SocketWriter(socket);
    this.#flow = new Flow(socket);
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#closed());
  }

  /** Whether a request may be sent now. */
  get usable(): boolean {
    return !this.#busy && this.#reusable && !this.#socket.destroyed && this.#socket.writable;
  }

  /**
   * Sends one request, and calls back once: with the response, or with why there is none. `signal` ends the
   * exchange, the response body too.
   */
  send(
    { request, body, client }: Sending,
    signal: Cancellation | undefined,
    resolve: Resolve,
    reject: Reject,
  ): void {
    const refusal = this.#refusal(signal);
    if (refusal !== undefined) {
      this.destroy();
      reject(refusal);
      return;
    }
    this.#busy = true;
    this.answered = false;
    this.#method = request.method;
    this.#client = client;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
    try {
      this.#write(request, body);
    } catch (error) {
      this.#break(new TransportError('protocol', false, 'the request cannot be written', { cause: error }));
    }
  }

  destroy(): void {
    this.#reusable = false;
    this.#socket.destroy();
  }

  /** Ends an exchange whose upstream has taken nothing of the request for `ms`. `now` is of `performance.now()`. */
  sweep(now: number, ms: number): void {
    const waiting = this.#busy && this.#socket.writableNeedDrain;
    if (!this.#patience.isStalled(waiting, now, ms)) return;
    this.#break(new TransportError('reset', true, 'the upstream takes nothing of the request'));
  }

  // The body of the request tells.

  bodyWritten(): void {
    this.#request = undefined;
    this.#release();
  }

  bodyBroken(error: Error): void {
    this.#request = undefined;
    this.#break(new TransportError('aborted', true, 'the request broke off', { cause: error }));
  }

  // The body of the response asks.

  pauseBody(): void {
    this.#flow.pause();
  }

  resumeBody(): void {
    this.#flow.resume();
  }

  cancelBody(): void {
    const framing = this.#response?.framing;
    if (framing?.kind === 'length' && framing.length <= DISCARD_LIMIT) this.resumeBody();
    else this.destroy();
  }

  #drained(): void {
    this.#patience.progressed();
    this.#request?.drained();
  }

  /** Why nothing can be sent, although the connection was handed out. */
  #refusal(signal: Cancellation | undefined): TransportError | undefined {
    if (signal?.aborted) return new TransportError('aborted', false, 'the exchange was abandoned');
    return this.usable ? undefined : new TransportError('reset', false, 'the upstream closed the connection');
  }

  #write(request: CanonicalRequest, body: BodySource | undefined): void {
    const upgrade = body?.upgrade;
    const framing = requestFraming(request.method, body);
    const head = requestHeadText(request, framing, 'keep-alive', upgrade);
    if (upgrade !== undefined) this.#reusable = false;
    this.#tunnel = body;
    if (body === undefined || upgrade !== undefined) {
      this.#writer.writeHead(head);
      return;
    }
    this.#writer.writeHead(head);
    this.#request = new BodyWriter(this.#writer, framing, body, this);
    body.start(this.#request);
  }

  #receive(chunk: Uint8Array): void {
    if (this.#tunnelled) return;
    if (!this.#busy || this.#writer.holdsHead) {
      // Nobody asked for this: what follows cannot be told from an answer.
      this.#break(new TransportError('reset', true, 'the upstream spoke before it was asked'));
      this.destroy();
      return;
    }
    this.answered = true;
    try {
      if (this.#response !== undefined) this.#readBody(this.#response, chunk);
      else this.#readHead(chunk);
    } catch (error) {
      this.#break(new TransportError('protocol', true, 'malformed response', { cause: error }));
    }
  }

  #readHead(chunk: Uint8Array): void {
    const heads = this.#heads;
    heads.append(chunk);
    for (let read = heads.next(this.#method); read !== undefined; read = heads.next(this.#method)) {
      if (read.status === 101) this.#switch(read);
      else if (read.status >= 200) this.#answer(read);
      else if (read.status > 101) this.#client?.inform?.(read);
      if (read.status === 101 || read.status >= 200) return;
    }
  }

  /** From here on the connection is a tunnel's, and no exchange's. */
  #switch(read: ReadResponseHead): void {
    const response = upgradedResponse(this.#socket, this.#heads.rest(), this.#tunnel, read);
    const resolve = this.#resolve;
    this.#forget();
    this.#tunnelled = true;
    resolve?.(response);
  }

  #answer(read: ReadResponseHead): void {
    const { status, reason, headers, framing, keepAlive } = read;
    const rest = this.#heads.rest();
    if (!keepAlive) this.#reusable = false;
    const body = new IncomingBody(framing, this);
    const resolve = this.#resolve;
    this.#response = body;
    if (body.done) this.#readNothingMore(rest);
    else if (rest.length > 0) this.#readBody(body, rest);
    this.#reject = undefined;
    resolve?.({ status, reason, headers, body: framing.kind === 'none' ? undefined : body });
  }

  #readBody(body: IncomingBody, chunk: Uint8Array): void {
    const consumed = body.push(chunk);
    if (body.done) this.#readNothingMore(after(chunk, consumed));
  }

  #readNothingMore(rest: Uint8Array): void {
    if (rest.length > 0) this.#reusable = false;
    this.#release();
  }

  /** Gives the connection back when both directions are over. */
  #release(): void {
    if (this.#response?.done !== true || !this.#busy) return;
    if (this.#request !== undefined) {
      // An answer before the end of the request: the rest of it has no place to go.
      this.#reusable = false;
      this.#request.abandon();
      this.#request = undefined;
    }
    this.#forget();
    this.resumeBody();
    if (!this.#reusable) this.destroy();
    else this.#owner.idle(this);
  }

  #ended(): void {
    if (this.#tunnelled) return;
    this.#reusable = false;
    this.#response?.endOfStream();
    if (this.#response?.done) this.#release();
    else this.#break(new TransportError('reset', true, 'the upstream closed the connection'));
    this.destroy();
  }

  /** Without an orderly end nothing that was under way is complete. */
  #closed(): void {
    this.#reusable = false;
    this.#break(new TransportError('reset', true, 'the upstream closed the connection'));
    this.#owner.closed(this);
  }

  readonly #onAbort = (): void => {
    this.#break(new TransportError('aborted', true, 'the exchange was abandoned'));
  };

  /** Ends the exchange and the connection. */
  #break(error: TransportError): void {
    if (!this.#busy) return;
    const reject = this.#reject;
    const response = this.#response;
    const request = this.#request;
    this.#forget();
    this.destroy();
    request?.abandon();
    response?.fail(error);
    reject?.(error);
  }

  #forget(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#signal = undefined;
    this.#busy = false;
    this.#resolve = undefined;
    this.#reject = undefined;
    this.#request = undefined;
    this.#response = undefined;
    this.#heads.clear();
  }
}
