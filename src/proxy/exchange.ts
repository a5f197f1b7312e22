import type { RawRequestHead, ResponseHead } from '../http/message.ts';
import type { Cancellation } from '../runtime/ports.ts';
import type { Connection } from './decide/connection.ts';
import type { Informed, ProxyResponse } from './forward/transport.ts';

/** One request as a listener hands it over, before it was judged. */
export interface Exchange<Body> extends Informed {
  readonly head: RawRequestHead;
  readonly connection: Connection;
  readonly body: Body | undefined;
  /** Fires when the client is gone. */
  readonly signal: Cancellation | undefined;
  /** Keeps the process at work that outlasts the answer; absent where it stays at work anyway. */
  readonly background?: (work: Promise<unknown>) => void;
}

/** The exchange with another body; itself when it is the same. */
export function withBody<Body>(exchange: Exchange<Body>, body: Body | undefined): Exchange<Body> {
  if (body === exchange.body) return exchange;
  const { head, connection, signal } = exchange;
  return {
    head,
    connection,
    body,
    signal,
    ...(exchange.inform && { inform: (informed: ResponseHead) => exchange.inform?.(informed) }),
    ...(exchange.background && { background: (work: Promise<unknown>) => exchange.background?.(work) }),
  };
}

/** What a listener calls. A response of status 0 means: close the connection without an answer. */
export type Handler<Body> = (exchange: Exchange<Body>) => Promise<ProxyResponse<Body>>;

/** One connection whose bytes are passed on unread. */
export interface RawArrival<Body> {
  readonly connection: Connection;
  /** What the client sends. */
  readonly body: Body;
  /** Fires when the client is gone before it got an answer. */
  readonly signal: Cancellation;
}

/** What a listener calls for such a connection: what the client gets to read, or undefined to close it. */
export type ConnectionHandler<Body> = (arrival: RawArrival<Body>) => Promise<Body | undefined>;
