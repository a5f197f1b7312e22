import type { Framing } from '../../http/framing.ts';
import type { RawRequestHead, Refusal, ResponseHead } from '../../http/message.ts';
import type { RequestHead } from '../../http/read-request-head.ts';
import { writeResponseHead } from '../../http/write-head.ts';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { Exchange } from '../../proxy/exchange.ts';
import type { Cancellation, Canceller } from '../ports.ts';
import type { BodySource } from './body.ts';
import { type BodyOwner, IncomingBody } from './incoming-body.ts';
import { requestedTunnel } from './server-tunnel.ts';
import type { SocketWriter } from './socket-writer.ts';
import { TunnelBody } from './tunnel-body.ts';

const NONE: Framing = { kind: 'none' };

/** One request on a client connection. */
export class ServerExchange implements Exchange<BodySource> {
  readonly head: RawRequestHead;
  readonly connection: Connection;
  readonly body: IncomingBody | TunnelBody | undefined;
  /** Whether the client and this connection can go on after the response. */
  keepAlive: boolean;
  /** HTTP/1.0 knows no chunks. */
  readonly chunks: boolean;
  readonly #writer: SocketWriter;
  readonly #gone: Canceller;

  constructor(
    { head, keepAlive, version }: RequestHead,
    connection: Connection,
    body: IncomingBody | TunnelBody | undefined,
    writer: SocketWriter,
    gone: Canceller,
  ) {
    this.head = head;
    this.connection = connection;
    this.body = body;
    // What follows a request for a tunnel is the tunnel's, whatever the answer.
    this.keepAlive = keepAlive && !(body instanceof TunnelBody);
    this.chunks = version === '1.1';
    this.#gone = gone;
    this.#writer = writer;
  }

  /** Whether the end of what the client sends may belong to a tunnel to come. */
  get awaitsTunnel(): boolean {
    return this.body instanceof TunnelBody;
  }

  get method(): string {
    return this.head.method;
  }

  get signal(): Cancellation {
    return this.#gone;
  }

  /** Sends an interim response, or drops one that cannot be written; HTTP/1.0 knows none (RFC 9110 §15.2). */
  inform(head: ResponseHead): void {
    if (!this.chunks) return;
    try {
      this.#writer.write(writeResponseHead(head, NONE, 'keep-alive'));
    } catch {
      // The final response is still to come, and says all that matters.
    }
  }

  /** The client is gone, and its connection with it. */
  abort(): void {
    this.#gone.abort();
  }
}

/** The body that a request announces, the tunnel that it asks for, or why it gets none. */
export function requestBody(
  read: RequestHead,
  owner: BodyOwner,
): IncomingBody | TunnelBody | Refusal | undefined {
  const { framing } = read;
  const bodiless = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0);
  if (bodiless || read.head.method === 'CONNECT') return requestedTunnel(read, bodiless);
  return new IncomingBody(framing, owner);
}
