import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { H2Input } from '../../http/h2-input.ts';
import { HeaderList } from '../../http/header-list.ts';
import { DEFAULT_LIMITS } from '../../http/limits.ts';
import type { Refusal } from '../../http/message.ts';
import { readH2Request } from '../../http/read-h2-head.ts';
import { h2ResponseFields } from '../../http/write-h2-head.ts';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { ProxyResponse } from '../../proxy/forward/transport.ts';
import type { BodySource } from './body.ts';
import { resetStream } from './h2-reset.ts';
import { AS_GIVEN, H2ServerExchange } from './h2-server-exchange.ts';
import { endInOwnTurn } from './h2-session-end.ts';
import { watchInput } from './h2-watched-input.ts';
import { Patience } from './patience.ts';
import { ResetBudget } from './reset-budget.ts';
import type { ServerOptions } from './server-options.ts';
import { TurnStarts } from './turn-starts.ts';

/** Envoy's edge defaults, and bounds on what a peer may make us remember or answer. */
const OPTIONS = {
  maxHeaderListPairs: 2 * DEFAULT_LIMITS.fields,
  maxOutstandingPings: 10,
  maxOutstandingSettings: 10,
  // On Bun late frames of closed streams count, too.
  maxSessionInvalidFrames: 10_000,
  maxSessionRejectedStreams: 10_000,
  maxSettings: 32,
  unknownProtocolTimeout: 10_000,
  settings: {
    enablePush: false,
    initialWindowSize: 65_535,
    maxConcurrentStreams: 100,
    maxHeaderListSize: DEFAULT_LIMITS.bytes,
  },
};

/** Twice what a client that keeps to our settings can need: a bound on sizes is not exact. */
const INPUT_LIMITS = { headBytes: 2 * DEFAULT_LIMITS.bytes, streams: 200 };
/** A head of this size is free. */
const USUAL_HEAD_BYTES = 8 * 1024;
/** What else the heads of a connection's open streams may take; one more is refused, and may be sent again. */
const OPEN_HEAD_BYTES = DEFAULT_LIMITS.bytes;

/** Bun would end the stream first, as if it had been answered. */
const RESETS_WITH_CODE = !('Bun' in globalThis);

/** nghttp2, below Node and Deno, takes no stream after any GOAWAY that they can send. */
const SERVES_AFTER_NOTICE = 'Bun' in globalThis;
/** The highest stream identifier there is. */
const LAST_OF_ALL = 2 ** 31 - 1;

/** One client connection that speaks HTTP/2 by prior knowledge or ALPN: every stream is an exchange. */
export class H2ServerSession {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #options: ServerOptions;
  readonly #open = new Set<H2ServerExchange>();
  readonly #patience = new Patience();
  readonly #resets = new ResetBudget();
  readonly #refusedBytes = new ResetBudget(OPEN_HEAD_BYTES / 2, OPEN_HEAD_BYTES);
  readonly #starts = new TurnStarts<H2ServerExchange>((exchange) => this.#serve(exchange));
  /** Of the heads of open streams, beyond the usual. */
  #headBytes = 0;
  #session: ServerHttp2Session | undefined;
  #greeted = false;
  #lastStream = 0;
  #leaving = false;
  #cutOff = false;

  constructor(socket: Socket, connection: Connection, options: ServerOptions) {
    this.#socket = socket;
    this.#connection = connection;
    this.#options = options;
    this.#patience.arm(options.deadlines.headerMs);
  }

  /** Begins to serve; `first` are bytes that were read before. */
  start(first: Uint8Array): void {
    // The session ends with either side of its connection.
    this.#socket.allowHalfOpen = false;
    const input = new H2Input(INPUT_LIMITS);
    if (!watchInput(this.#socket, first, (bytes) => this.#takes(input, bytes))) {
      this.#socket.destroy();
      return;
    }
    if (first.length > 0) this.#socket.unshift(first);
    const session = performServerHandshake(this.#socket, OPTIONS);
    this.#session = session;
    endInOwnTurn(session);
    session.on('error', ignore);
    session.once('remoteSettings', () => this.#greet());
    session.on('stream', (stream, _headers, flags, raw) => this.#arrived(stream, flags, raw as string[]));
    session.on('close', () => this.#socket.destroy());
  }

  /**
   * Says GOAWAY. Where the runtime can it takes the streams that were on their way (RFC 9113 §6.8), and drains when
   * the last one ends; elsewhere the client learns that they were not processed, and may send them again.
   */
  retire(): void {
    if (this.#session === undefined || this.#session.destroyed || this.#leaving) return;
    if (!SERVES_AFTER_NOTICE) {
      this.drain();
      return;
    }
    this.#session.goaway(constants.NGHTTP2_NO_ERROR, LAST_OF_ALL);
    if (this.#open.size === 0) this.#patience.arm(this.#options.deadlines.lingerMs);
  }

  /** Says GOAWAY; streams that are open may end. */
  drain(): void {
    if (this.#session === undefined || this.#session.destroyed || this.#leaving) return;
    this.#leaving = true;
    this.#session.close();
  }

  destroy(): void {
    this.#session?.destroy();
    this.#socket.destroy();
  }

  /** Ends what has waited too long. `now` is of `performance.now()`. */
  sweep(now: number): void {
    const { bodyIdleMs, lingerMs } = this.#options.deadlines;
    for (const exchange of this.#open) exchange.sweep(now, bodyIdleMs);
    if (!this.#patience.isOver(now)) return;
    if (this.#leaving || !this.#greeted) {
      this.destroy();
      return;
    }
    this.drain();
    this.#patience.arm(lingerMs);
  }

  #takes(input: H2Input, bytes: Uint8Array): boolean {
    const taken = !this.#cutOff && input.accepts(bytes);
    if (!taken) this.#cut(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    return taken;
  }

  #greet(): void {
    this.#greeted = true;
    if (this.#open.size === 0) this.#patience.arm(this.#options.deadlines.idleMs);
  }

  #arrived(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    stream.on('error', ignore);
    if (this.#cutOff) return;
    if (stream.closed || stream.destroyed) {
      this.#spend(this.#resets);
      return;
    }
    const id = stream.id ?? 0;
    // RFC 9113 §3.4, §5.1.1: settings come first, and stream identifiers go up.
    if (!this.#greeted || id <= this.#lastStream) {
      this.#cut(constants.NGHTTP2_PROTOCOL_ERROR);
      return;
    }
    this.#lastStream = id;
    const excess = excessOf(raw);
    if (this.#headBytes > 0 && this.#headBytes + excess > OPEN_HEAD_BYTES) {
      if (RESETS_WITH_CODE) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else refuse(stream, { status: 503, reason: 'too many large heads at a time' });
      this.#spend(this.#refusedBytes, excess);
      return;
    }
    const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const read = readH2Request(raw, ended, DEFAULT_LIMITS);
    if ('reason' in read) {
      refuse(stream, read);
      this.#spend(this.#resets);
      return;
    }
    const exchange = new H2ServerExchange(stream, read, this.#connection);
    this.#enter(exchange, stream, excess);
    if (!this.#starts.add(exchange)) this.#cut(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #enter(exchange: H2ServerExchange, stream: ServerHttp2Stream, excess: number): void {
    this.#open.add(exchange);
    this.#headBytes += excess;
    this.#patience.disarm();
    stream.on('aborted', () => exchange.closed());
    stream.on('close', () => this.#leave(exchange, excess));
  }

  #leave(exchange: H2ServerExchange, excess: number): void {
    this.#headBytes -= excess;
    const early = !exchange.over;
    exchange.closed();
    this.#open.delete(exchange);
    if (this.#open.size === 0) this.#patience.arm(this.#options.deadlines.idleMs);
    if (this.#options.retired()) this.drain();
    if (early) this.#spend(this.#resets);
  }

  /** A stream came to nothing; too many of them end the connection. */
  #spend(budget: ResetBudget, amount = 1): void {
    if (!budget.spend(performance.now(), amount)) this.#cut(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #serve(exchange: H2ServerExchange): void {
    if (exchange.gone) return;
    this.#options.handler(exchange).then(
      (response) => this.#answer(exchange, response),
      (error: unknown) => {
        this.#options.log.error('handler failed', { error: String(error) });
        exchange.respond({ status: 500, reason: '', headers: new HeaderList(), body: undefined });
      },
    );
  }

  #answer(exchange: H2ServerExchange, response: ProxyResponse<BodySource>): void {
    if (response.status !== 0) exchange.respond(response);
    else if (!exchange.gone) this.destroy();
  }

  /** Ends the connection with a GOAWAY that says why. */
  #cut(code: number): void {
    if (this.#cutOff) return;
    this.#leaving = true;
    this.#cutOff = true;
    this.#starts.clear();
    this.#session?.destroy(new Error('the peer broke the rules'), code);
  }
}

/** By how many octets a head is larger than usual. */
function excessOf(raw: readonly string[]): number {
  let size = 0;
  for (const part of raw) size += part.length;
  return Math.max(0, size - USUAL_HEAD_BYTES);
}

/** Answers with a status and a line of text; what the client still sends is thrown away. */
function refuse(stream: ServerHttp2Stream, { status, reason }: Refusal): void {
  const body = new TextEncoder().encode(reason);
  const headers = HeaderList.from([['content-type', 'text/plain']]);
  const fields = h2ResponseFields({ status, reason: '', headers }, { kind: 'length', length: body.length });
  // A client may have reset the stream in the same packet; what this throws would end the process.
  if (stream.destroyed || stream.closed) return;
  try {
    stream.respond(fields, { ...AS_GIVEN, endStream: false });
    stream.end(body);
    stream.resume();
  } catch {
    resetStream(stream, false);
  }
}

function ignore(): void {}
