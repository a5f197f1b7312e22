import type { CanonicalRequest, ResponseHead } from '../../http/message.ts';
import type { Cancellation } from '../../runtime/ports.ts';
import type { Cluster } from '../../snapshot/cluster.ts';

/**
 * How one platform family sends a request. `Body` is that family's body in flight
 * (a BodySource on sockets, a ReadableStream on fetch); the core only hands it on.
 */
export interface Transport<Body> {
  /** Resolves with the response head; rejects with a TransportError. `signal` abandons the attempt. */
  send(attempt: Attempt<Body>, signal: Cancellation | undefined): Promise<ProxyResponse<Body>>;
}

export interface Attempt<Body> {
  readonly request: CanonicalRequest;
  readonly body: Body | undefined;
  readonly cluster: Cluster;
  readonly address: string;
  readonly port: number;
  /** Whether to speak mesh TLS; when true `cluster.tls.mode` is `mesh`. */
  readonly mesh: boolean;
  /** Whether to speak HTTP/2; absent = HTTP/1.1. */
  readonly http2?: boolean;
  /** Who hears of interim responses. */
  readonly client?: Informed;
}

/** Takes interim responses (1xx but for 100 and 101) on their way to a client; absent where it cannot. */
export interface Informed {
  inform?(head: ResponseHead): void;
}

/** A response from an upstream, or a local reply (then `body` is text). */
export interface ProxyResponse<Body> extends ResponseHead {
  readonly body: Body | string | undefined;
}

export type TransportFailure =
  /** No connection: nothing was sent. */
  | 'connect-failure'
  /** The peer is not who the cluster expects, or TLS failed: nothing was sent. */
  | 'tls-failure'
  /** The upstream said that it processed nothing of the request (HTTP/2 REFUSED_STREAM, GOAWAY). */
  | 'refused-stream'
  /** The connection ended before a response head. */
  | 'reset'
  /** The upstream spoke something that is not HTTP. */
  | 'protocol'
  /** The signal fired. */
  | 'aborted';

export class TransportError extends Error {
  readonly failure: TransportFailure;
  /** Whether any byte of the request may have reached the upstream. */
  readonly sent: boolean;

  constructor(failure: TransportFailure, sent: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransportError';
    this.failure = failure;
    this.sent = sent;
  }
}
