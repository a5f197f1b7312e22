import type { Cancellation } from '../../runtime/ports.ts';
import type { Attempt } from './transport.ts';

/** Where a connection goes; as in an Attempt, `mesh` is only true for clusters of mesh TLS. */
export type Hop = Pick<Attempt<unknown>, 'cluster' | 'address' | 'port' | 'mesh'>;

/** What went through a connection. */
export interface Traffic {
  /** Bytes from the client to the upstream. */
  readonly sent: number;
  /** Bytes from the upstream to the client. */
  readonly received: number;
  /** Whether both directions came to an orderly end. */
  readonly complete: boolean;
}

/** How a platform passes bytes on unread. */
export interface StreamTransport<Body> {
  /**
   * Connects, then sends `body`, and resolves with what comes back. Rejects with a TransportError that says
   * nothing was sent; `body` is untouched then. `onEnd` is called once when both directions are over.
   */
  open(
    hop: Hop,
    body: Body,
    signal: Cancellation | undefined,
    onEnd: (traffic: Traffic) => void,
  ): Promise<Body>;
}
