import type { Socket } from 'node:net';
import type { Framing } from '../../http/framing.ts';
import { DEFAULT_LIMITS } from '../../http/limits.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import { type ReadResponseHead, readResponseHead } from '../../http/read-response-head.ts';
import { writeRequestHead } from '../../http/write-head.ts';
import { type ProxyResponse, TransportError } from '../../proxy/forward/transport.ts';
import type { BodySource } from './body.ts';
import { BodyWriter } from './body-writer.ts';
import { IncomingBody } from './incoming-body.ts';
import { SocketWriter } from './socket-writer.ts';

/** Who keeps a connection between its exchanges. */
export interface UpstreamOwner {
  /** It takes another request. */
  idle(connection: UpstreamConnection): void;
  closed(connection: UpstreamConnection): void;
}

type Resolve = (response: ProxyResponse<BodySource>) => void;
type Reject = (error: TransportError) => void;

const EMPTY = new Uint8Array(0);
const NONE: Framing = { kind: 'none' };
const NO_BYTES: Framing = { kind: 'length', length: 0 };
const CHUNKED: Framing = { kind: 'chunked' };
/** Unread response bytes that a reader may leave and still have the connection kept. */
const DISCARD_LIMIT = 16 * 1024;

/** One connection to an upstream: one exchange at a time, then back to its owner. */
export class UpstreamConnection {
  readonly #socket: Socket;
  readonly #owner: UpstreamOwner;
  readonly #writer: SocketWriter;
  #buffer: Uint8Array = EMPTY;
  #seen = 0;
  #method = '';
  #busy = false;
  #reusable = true;
  #resolve: Resolve | undefined;
  #reject: Reject | undefined;
  #request: BodyWriter | undefined;
  #response: IncomingBody | undefined;
  #signal: AbortSignal | undefined;
  #paused = false;
  /** Whether a byte of the current response arrived. */
  answered = false;
  /** `performance.now()` when it became idle. */
  idleSince = 0;

  constructor(socket: Socket, owner: UpstreamOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#writer = new SocketWriter(socket);
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    socket.on('drain', () => this.#request?.drained());
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#closed());
  }

  /** Whether a request may be sent now. */
  get usable(): boolean {
    return !this.#busy && this.#reusable && !this.#socket.destroyed && this.#socket.writable;
  }

  /** Sends one request; rejects with a TransportError. `signal` ends the exchange, the response body too. */
  send(
    request: CanonicalRequest,
    body: BodySource | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ProxyResponse<BodySource>> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(signal);
      if (refusal !== undefined) {
        this.destroy();
        reject(refusal);
        return;
      }
      this.#busy = true;
      this.answered = false;
      this.#method = request.method;
      this.#resolve = resolve;
      this.#reject = reject;
      this.#signal = signal;
      signal?.addEventListener('abort', this.#onAbort);
      try {
        this.#write(request, body);
      } catch (error) {
        this.#break(new TransportError('protocol', false, 'the request cannot be written', { cause: error }));
      }
    });
  }

  /** Not for new requests; closes when the current one is over. */
  retire(): void {
    this.#reusable = false;
    if (!this.#busy) this.destroy();
  }

  destroy(): void {
    this.#reusable = false;
    this.#socket.destroy();
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
    this.#paused = true;
    this.#socket.pause();
  }

  resumeBody(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  cancelBody(): void {
    const framing = this.#response?.framing;
    if (framing?.kind === 'length' && framing.length <= DISCARD_LIMIT) this.resumeBody();
    else this.destroy();
  }

  /** Why nothing can be sent, although the connection was handed out. */
  #refusal(signal: AbortSignal | undefined): TransportError | undefined {
    if (signal?.aborted) return new TransportError('aborted', false, 'the exchange was abandoned');
    return this.usable ? undefined : new TransportError('reset', false, 'the upstream closed the connection');
  }

  #write(request: CanonicalRequest, body: BodySource | undefined): void {
    const framing = requestFraming(request.method, body);
    const head = writeRequestHead(request, framing, 'keep-alive');
    if (body === undefined) {
      this.#writer.write(head);
      return;
    }
    this.#writer.hold();
    this.#writer.write(head);
    this.#request = new BodyWriter(this.#writer, framing, body, this);
    body.start(this.#request);
    this.#writer.release();
  }

  #receive(chunk: Uint8Array): void {
    if (!this.#busy) {
      // Nobody asked for this: what follows cannot be told from an answer.
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
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length > 0) {
      const read = readResponseHead(this.#buffer, this.#method, DEFAULT_LIMITS, this.#seen);
      if (read.kind === 'more') {
        this.#seen = this.#buffer.length;
        return;
      }
      this.#seen = 0;
      if (read.kind === 'refusal') throw new Error(read.reason);
      if (read.status === 101) throw new Error('an upgrade that nobody asked for');
      this.#buffer = this.#buffer.subarray(read.length);
      if (read.status >= 200) {
        this.#answer(read);
        return;
      }
    }
  }

  #answer(read: ReadResponseHead): void {
    const { status, reason, headers, framing, keepAlive } = read;
    const rest = this.#buffer;
    this.#buffer = EMPTY;
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
    if (body.done) this.#readNothingMore(chunk.subarray(consumed));
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
    this.#buffer = EMPTY;
    this.#seen = 0;
  }
}

function requestFraming(method: string, body: BodySource | undefined): Framing {
  if (body === undefined) return impliesBody(method) ? NO_BYTES : NONE;
  if (body.framing.kind === 'length') return body.framing;
  return body.framing.kind === 'none' ? NO_BYTES : CHUNKED;
}

/** Methods whose missing body RFC 9110 §8.6 wants said. */
function impliesBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
