import type { RawRequestHead } from '../../http/message.ts';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { Exchange } from '../../proxy/exchange.ts';
import type { BodySource } from './body.ts';
import type { IncomingBody } from './incoming-body.ts';

/** One request on a client connection; an AbortController exists only if somebody asked for the signal. */
export class ServerExchange implements Exchange<BodySource> {
  readonly head: RawRequestHead;
  readonly connection: Connection;
  readonly body: IncomingBody | undefined;
  /** Whether the client and this connection can go on after the response. */
  keepAlive: boolean;
  /** HTTP/1.0 knows no chunks. */
  readonly chunks: boolean;
  #controller: AbortController | undefined;
  #gone = false;

  constructor(
    head: RawRequestHead,
    connection: Connection,
    body: IncomingBody | undefined,
    keepAlive: boolean,
    chunks: boolean,
  ) {
    this.head = head;
    this.connection = connection;
    this.body = body;
    this.keepAlive = keepAlive;
    this.chunks = chunks;
  }

  get method(): string {
    return this.head.method;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#gone) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** The client is gone. */
  abort(): void {
    this.#gone = true;
    this.#controller?.abort();
  }
}
