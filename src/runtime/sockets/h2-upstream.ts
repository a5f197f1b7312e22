import { type ClientHttp2Session, connect } from 'node:http2';
import type { Socket } from 'node:net';
import { DEFAULT_LIMITS } from '../../http/limits.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import { h2RequestFields } from '../../http/write-h2-head.ts';
import { type Attempt, type ProxyResponse, TransportError } from '../../proxy/forward/transport.ts';
import type { Cancellation } from '../ports.ts';
import type { BodySource } from './body.ts';
import { endInOwnTurn } from './h2-session-end.ts';
import { H2UpstreamExchange } from './h2-upstream-exchange.ts';
import { requestFraming } from './request-framing.ts';

/** Streams on one connection: half of what our servers take, as Bun counts some that have ended already. */
const MAX_STREAMS = 50;
/** Requests on one connection: below the 1,000 late frames that a Node origin forgives in its life; on Bun each request sends one. */
const MAX_REQUESTS = 900;

const OPTIONS = {
  maxHeaderListPairs: 2 * DEFAULT_LIMITS.fields,
  maxOutstandingPings: 10,
  // On Bun late frames of closed streams count, too.
  maxSessionInvalidFrames: 10_000,
  maxReservedRemoteStreams: 0,
  maxSettings: 32,
  settings: { enablePush: false, maxHeaderListSize: DEFAULT_LIMITS.bytes },
};

/** What is to be sent, and for whom. */
export type H2Attempt = Pick<Attempt<BodySource>, 'request' | 'body' | 'client'>;

/** One HTTP/2 connection to an upstream: many exchanges at a time. */
export class H2Upstream {
  readonly #session: ClientHttp2Session;
  readonly #onClosed: (upstream: H2Upstream) => void;
  #open = 0;
  #requests = 0;
  #leaving = false;
  /** `performance.now()` when its last stream ended. */
  idleSince = performance.now();

  constructor(socket: Socket, onClosed: (upstream: H2Upstream) => void) {
    // The session ends with either side of its connection.
    socket.allowHalfOpen = false;
    this.#onClosed = onClosed;
    // The address is that of the socket; the authority is said by every request.
    this.#session = connect('http://upstream', { ...OPTIONS, createConnection: () => socket });
    endInOwnTurn(this.#session);
    this.#session.on('error', ignore);
    this.#session.on('goaway', () => this.#leave());
    this.#session.on('close', () => this.#closed());
    this.#session.on('stream', (pushed) => pushed.close());
  }

  /** Streams that are open. */
  get open(): number {
    return this.#open;
  }

  /** Whether a request may be sent now. */
  get usable(): boolean {
    return !this.#leaving && !this.#session.destroyed && !this.#session.closed && this.#open < this.#limit;
  }

  /** Sends one request; rejects with a TransportError. `signal` ends the exchange, the response body too. */
  send(
    { request, body, client }: H2Attempt,
    signal: Cancellation | undefined,
  ): Promise<ProxyResponse<BodySource>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new TransportError('aborted', false, 'the exchange was abandoned'));
        return;
      }
      const stream = this.#request(request, body);
      if (stream instanceof TransportError) {
        reject(stream);
        return;
      }
      const exchange = new H2UpstreamExchange(stream, request.method, signal, resolve, reject, client);
      if (body !== undefined) exchange.send(body);
    });
  }

  /** Not for new requests; closes when the streams that are open are over. */
  retire(): void {
    this.#leaving = true;
    this.#closeWhenEmpty();
  }

  get #limit(): number {
    return Math.min(MAX_STREAMS, this.#session.remoteSettings?.maxConcurrentStreams ?? MAX_STREAMS);
  }

  #request(request: CanonicalRequest, body: BodySource | undefined) {
    try {
      const fields = h2RequestFields(request, requestFraming(request.method, body));
      const bodiless = body === undefined;
      const stream = this.#session.request(fields, { endStream: bodiless, waitForTrailers: !bodiless });
      this.#open++;
      if (++this.#requests === MAX_REQUESTS) this.retire();
      stream.once('close', () => this.#ended());
      return stream;
    } catch (error) {
      // A session that has just ended refuses; anything else is the request's fault.
      const failure = this.#session.destroyed || this.#session.closed ? 'refused-stream' : 'protocol';
      return new TransportError(failure, false, 'the request cannot be sent', { cause: error });
    }
  }

  #ended(): void {
    this.#open--;
    this.idleSince = performance.now();
    if (this.#leaving) this.#closeWhenEmpty();
  }

  #leave(): void {
    this.#leaving = true;
    this.#closeWhenEmpty();
  }

  /** Not before: on Deno a session that closes takes streams with it that are still open. */
  #closeWhenEmpty(): void {
    if (this.#open === 0 && !this.#session.destroyed) this.#session.close();
  }

  #closed(): void {
    this.#leaving = true;
    this.#onClosed(this);
  }
}

function ignore(): void {}
