import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Framing } from '../../http/framing.ts';
import type { HeaderList } from '../../http/header-list.ts';
import type { RawRequestHead, ResponseHead } from '../../http/message.ts';
import type { H2RequestHead } from '../../http/read-h2-head.ts';
import { h2InterimFields, h2ResponseFields } from '../../http/write-h2-head.ts';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { Exchange } from '../../proxy/exchange.ts';
import type { ProxyResponse } from '../../proxy/forward/transport.ts';
import { type Cancellation, Canceller } from '../ports.ts';
import type { BodySource } from './body.ts';
import { H2Body } from './h2-body.ts';
import { H2BodyWriter } from './h2-body-writer.ts';
import { resetStream } from './h2-reset.ts';

/** Between the end of a response and that of its request; a reset in between could overtake the response. */
const GRACE_MS = 2_000;
const NONE: Framing = { kind: 'none' };
/** No Date of our own; the declaration of respond leaves the option out. */
export const AS_GIVEN = { sendDate: false };
const EMPTY: Framing = { kind: 'length', length: 0 };

/** One request of an HTTP/2 client: a stream, both ways. */
export class H2ServerExchange implements Exchange<BodySource> {
  readonly head: RawRequestHead;
  readonly connection: Connection;
  readonly body: H2Body | undefined;
  readonly #stream: ServerHttp2Stream;
  #expectsContinue: boolean;
  #response: H2BodyWriter | undefined;
  #client: Canceller | undefined;
  /** The response went out whole. */
  #finished = false;
  #finishedAt = 0;
  /** We ended the stream ourselves. */
  #ended = false;
  #gone = false;

  constructor(stream: ServerHttp2Stream, read: H2RequestHead, connection: Connection) {
    this.#stream = stream;
    this.head = read.head;
    this.connection = connection;
    this.#expectsContinue = read.expectContinue;
    this.body = read.framing.kind === 'none' ? undefined : new H2Body(stream, read.framing, this);
  }

  get signal(): Cancellation {
    if (this.#client === undefined) {
      this.#client = new Canceller();
      if (this.#gone && !this.#finished) this.#client.abort();
    }
    return this.#client;
  }

  /** RST_STREAM before our answer is over aborts; after END_STREAM nothing does. */
  get endedInOrder(): boolean {
    const { rstCode, aborted, destroyed } = this.#stream;
    return rstCode === constants.NGHTTP2_NO_ERROR && !aborted && !destroyed;
  }

  /** Whether we are done with it: nothing that the client does now is early. */
  get over(): boolean {
    return this.#finished || this.#ended;
  }

  /** Whether the stream is closed, by whomever. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Sends an interim response; one that cannot be written is dropped, for it comes from an upstream. */
  inform(head: ResponseHead): void {
    if (this.#gone || this.#stream.headersSent || this.#stream.destroyed) return;
    try {
      this.#stream.additionalHeaders(h2InterimFields(head));
    } catch {
      // The final response is still to come, and says all that matters.
    }
  }

  /** Sends a response; resets the stream where that cannot be done. */
  respond(response: ProxyResponse<BodySource>): void {
    const source = typeof response.body === 'string' ? undefined : response.body;
    try {
      if (!this.#gone) this.#send(response, source);
      else source?.cancel();
    } catch {
      source?.cancel();
      this.reset();
    }
  }

  /** Ends the stream so that nobody takes it for complete. */
  reset(): void {
    this.#ended = true;
    this.#abort();
    resetStream(this.#stream, false);
  }

  /** The stream is closed, by whomever. */
  closed(): void {
    this.#abort();
    this.body?.fail(new Error('the client is gone'));
    this.#response?.abandon();
  }

  /** Ends a stream whose client neither sends nor takes what it should, or sends what has no reader. */
  sweep(now: number, ms: number): void {
    if (this.#finished) this.#hangUp(now);
    else if (this.body?.isStalled(now, ms) || this.#response?.isStalled(now, ms)) {
      this.reset();
    }
  }

  // What the body of the request asks for.

  bodyWanted(): void {
    if (!this.#expectsContinue) return;
    this.#expectsContinue = false;
    if (!this.#stream.headersSent && !this.#stream.destroyed) {
      this.#stream.additionalHeaders({ ':status': 100 });
    }
  }

  bodyCancelled(): void {
    // The rest is read and dropped, so that the window of the connection stays open for others.
    if (!this.#stream.destroyed) this.#stream.resume();
  }

  // What the body of the response tells.

  bodyWritten(): void {
    this.#finish();
  }

  bodyBroken(): void {
    this.reset();
  }

  #send(response: ProxyResponse<BodySource>, source: BodySource | undefined): void {
    const { status, body } = response;
    const bodiless = this.head.method === 'HEAD' || status === 204 || status === 304;
    if (bodiless || body === undefined || body === '') {
      source?.cancel();
      this.#sendHead(response, bodiless || isTrailersOnly(response.headers) ? NONE : EMPTY, true);
      this.#finish();
    } else if (typeof body === 'string') {
      const bytes = new TextEncoder().encode(body);
      this.#sendHead(response, { kind: 'length', length: bytes.length }, false);
      this.#stream.end(bytes, () => this.#finish());
    } else {
      this.#sendHead(response, body.framing, false, true);
      this.#response = new H2BodyWriter(this.#stream, body.framing, body, this);
      body.start(this.#response);
    }
  }

  #sendHead(head: ResponseHead, framing: Framing, endStream: boolean, waitForTrailers = false): void {
    this.#stream.respond(h2ResponseFields(head, framing), { ...AS_GIVEN, endStream, waitForTrailers });
  }

  /** The response is out: what the client still sends has no reader. */
  #finish(): void {
    this.#finished = true;
    this.#finishedAt = performance.now();
    this.body?.cancel();
  }

  /** Nobody reads what the client goes on to send: after a while it is told so. */
  #hangUp(now: number): void {
    if (this.body === undefined || this.#stream.readableEnded) return;
    if (now - this.#finishedAt > GRACE_MS) resetStream(this.#stream, true, constants.NGHTTP2_NO_ERROR);
  }

  #abort(): void {
    if (this.#gone) return;
    this.#gone = true;
    if (!this.#finished) this.#client?.abort();
  }
}

/** A gRPC status in the head: the whole answer is one frame, without a length. */
function isTrailersOnly(headers: HeaderList): boolean {
  return headers.has('grpc-status');
}
