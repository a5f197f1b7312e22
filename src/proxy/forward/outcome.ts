import type { CanonicalRequest } from '../../http/message.ts';
import type { Connection } from '../decide/connection.ts';
import type { ResponseFlag } from '../decide/decision.ts';
import type { PeerMetadata } from '../peer-metadata.ts';

/** One of Envoy's response flags; `UPE` is an upstream that spoke no HTTP, `UR` one that refused a stream. */
export type OutcomeFlag = ResponseFlag | 'UPE' | 'UR';

/** What became of one request; telemetry, access log and outlier detection read it. */
export interface Outcome {
  /** 0 = the connection was closed without an answer. */
  readonly status: number;
  /** One flag, or two with a comma when retries ran out (`UF,URX`); `-` is none. */
  readonly flags: string;
  /** Envoy's response code details, e.g. `via_upstream`. */
  readonly details: string;
  /** Source key of the route, or empty. */
  readonly route: string;
  /** Cluster name, or empty. */
  readonly cluster: string;
  /** `address:port` of the last attempt, or empty. */
  readonly endpoint: string;
  /** Requests made to upstreams. */
  readonly attempts: number;
  /** Why the last attempt failed, in the transport's words, or empty. */
  readonly failure: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Whether the response body arrived whole (true where the platform cannot tell). */
  readonly complete: boolean;
  /** A retry was due, but the request body had outgrown the replay buffer (Envoy's retry_or_shadow_abandoned). */
  readonly retryAbandoned: boolean;
  /** The workload at the other end of a mesh hop: inbound the client, else the server. */
  readonly peer: PeerMetadata | undefined;
  /** The server of the last attempt as the registry describes it; absent where nobody registered it. */
  readonly registered?: PeerMetadata | undefined;
  /** The request as it was sent on; absent where it was not. */
  readonly forwarded?: CanonicalRequest;
  /** Whether the last attempt went by mesh TLS. */
  readonly mesh?: boolean;
  /** Bytes of the bodies that passed; absent = none, or the platform cannot tell. */
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  /** What the upstream said in `grpc-status`, as text. */
  readonly grpcStatus?: string | undefined;
}

/** Hears every finished request once. `request` is undefined when the head was refused. */
export type OnOutcome = (
  outcome: Outcome,
  request: CanonicalRequest | undefined,
  connection: Connection,
) => void;
