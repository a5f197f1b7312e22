import { type ClientHttp2Stream, constants } from 'node:http2';
import { DEFAULT_LIMITS } from '../../http/limits.ts';
import { type H2ResponseHead, readH2Response } from '../../http/read-h2-head.ts';
import { type Informed, type ProxyResponse, TransportError } from '../../proxy/forward/transport.ts';
import type { Cancellation } from '../ports.ts';
import type { BodySource } from './body.ts';
import { H2Body } from './h2-body.ts';
import { H2BodyWriter } from './h2-body-writer.ts';
import { resetStream } from './h2-reset.ts';
import { INTERIM_LIMIT } from './interim-limit.ts';
import { requestFraming } from './request-framing.ts';

type Resolve = (response: ProxyResponse<BodySource>) => void;
type Reject = (error: TransportError) => void;

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

/** One request to an HTTP/2 upstream. */
export class H2UpstreamExchange {
  readonly #stream: ClientHttp2Stream;
  readonly #method: string;
  readonly #signal: Cancellation | undefined;
  #resolve: Resolve | undefined;
  #reject: Reject | undefined;
  #request: H2BodyWriter | undefined;
  #response: H2Body | undefined;
  #interim = 0;
  /** Our side is complete. */
  #sent = true;
  /** END_STREAM was read while the stream was still open: RST_STREAM without an error is no end. */
  #endSeen = false;

  constructor(
    stream: ClientHttp2Stream,
    method: string,
    signal: Cancellation | undefined,
    resolve: Resolve,
    reject: Reject,
    client: Informed | undefined,
  ) {
    this.#stream = stream;
    this.#method = method;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#noteEnd();
    signal?.addEventListener('abort', this.#onAbort);
    stream.on('headers', (_h, _f, raw) => this.#informed(client, raw));
    stream.on('response', (_headers, flags, raw) => this.#answered(flags, raw as unknown as string[]));
    stream.on('error', (error: Error) => this.#closed(error));
    stream.on('close', () => this.#closed(undefined));
  }

  get endedInOrder(): boolean {
    return this.#endSeen && this.#stream.rstCode === NGHTTP2_NO_ERROR;
  }

  /** Sends the body of the request. */
  send(body: BodySource): void {
    this.#sent = false;
    this.#request = new H2BodyWriter(this.#stream, requestFraming(this.#method, body), body, this);
    body.start(this.#request);
  }

  // The body of the request tells.

  bodyWritten(): void {
    this.#sent = true;
    this.#request = undefined;
  }

  bodyBroken(error: Error): void {
    this.#break(new TransportError('aborted', true, 'the request broke off', { cause: error }));
  }

  // The body of the response asks.

  bodyWanted(): void {}

  bodyCancelled(): void {
    this.#reset();
  }

  readonly #onAbort = (): void => {
    this.#break(new TransportError('aborted', true, 'the exchange was abandoned'));
  };

  /** Runtimes end a stream in the same way after END_STREAM and after RST_STREAM(NO_ERROR); only the order differs. */
  #noteEnd(): void {
    const stream = this.#stream;
    const push = stream.push;
    stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      // A reset ends the readable side after the stream is closed or, on Bun, in one go with its destruction.
      if (chunk === null && !stream.closed) this.#endSeen = !stream.destroyed;
      return push.call(stream, chunk, encoding);
    };
  }

  /** Counts whether anybody wants to hear it or not. */
  #informed(client: Informed | undefined, raw: unknown): void {
    this.#interim++;
    if (this.#interim > INTERIM_LIMIT) {
      this.#break(new TransportError('protocol', true, 'too many interim responses'), NGHTTP2_PROTOCOL_ERROR);
      return;
    }
    if (client?.inform === undefined) return;
    const read = readH2Response(raw as readonly string[], this.#method, false, DEFAULT_LIMITS);
    if (read !== undefined && read.status > 101 && read.status < 200) client.inform({ ...read, reason: '' });
  }

  #answered(flags: number, raw: readonly string[]): void {
    const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const read = readH2Response(raw, this.#method, ended, DEFAULT_LIMITS);
    if (read === undefined) {
      this.#break(new TransportError('protocol', true, 'malformed response'), NGHTTP2_PROTOCOL_ERROR);
      return;
    }
    this.#reject = undefined;
    this.#resolve?.({ status: read.status, reason: '', headers: read.headers, body: this.#bodyOf(read) });
  }

  #bodyOf({ framing }: H2ResponseHead): H2Body | undefined {
    if (framing.kind === 'none') {
      this.#stream.resume();
      this.#stream.once('end', () => this.#finish());
      return undefined;
    }
    const body = new H2Body(this.#stream, framing, this);
    this.#response = body;
    body.watch(() => undefined);
    this.#stream.once('end', () => this.#finish());
    return body;
  }

  /** The response is over: the rest of the request has no place to go. */
  #finish(): void {
    if (this.#request === undefined || this.#request.over) return;
    this.#request.abandon();
    this.#reset();
  }

  /** The stream is over; what was under way will not be completed. */
  #closed(error: Error | undefined): void {
    const { rstCode } = this.#stream;
    const refused = rstCode === NGHTTP2_REFUSED_STREAM;
    const failure = refused ? 'refused-stream' : rstCode === NGHTTP2_PROTOCOL_ERROR ? 'protocol' : 'reset';
    const message = `the upstream closed the stream (error ${rstCode ?? 'unknown'})`;
    this.#settle(new TransportError(failure, !refused, message, { cause: error }));
  }

  #break(error: TransportError, code?: number): void {
    this.#reset(code);
    this.#settle(error);
  }

  #settle(error: TransportError): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const reject = this.#reject;
    this.#reject = undefined;
    this.#request?.abandon();
    this.#response?.fail(error);
    reject?.(error);
  }

  #reset(code: number = NGHTTP2_CANCEL): void {
    resetStream(this.#stream, this.#sent, code);
  }
}
