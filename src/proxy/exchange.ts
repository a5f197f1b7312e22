import type { RawRequestHead } from '../http/message.ts';
import type { Connection } from './decide/connection.ts';
import type { ProxyResponse } from './forward/transport.ts';

/** One request as a listener hands it over, before it was judged. */
export interface Exchange<Body> {
  readonly head: RawRequestHead;
  readonly connection: Connection;
  readonly body: Body | undefined;
  /** Fires when the client is gone. */
  readonly signal: AbortSignal | undefined;
}

/** What a listener calls. A response of status 0 means: close the connection without an answer. */
export type Handler<Body> = (exchange: Exchange<Body>) => Promise<ProxyResponse<Body>>;
