import type { Cluster } from '../../snapshot/cluster.ts';
import type { RetryPolicy } from '../../snapshot/route.ts';
import { failureReply } from './failure-reply.ts';
import { LOCAL_REPLIES, type LocalReply } from './local-reply.ts';
import { retriesFailure, retriesPerTryTimeout } from './retry.ts';
import { TransportError } from './transport.ts';

/** An attempt without a response: what to answer, and whether the policy would try again. */
export interface Failed {
  readonly reply: LocalReply;
  readonly retry: boolean;
}

/** Which timeout ended an attempt, if one did. */
export type Expired = 'request' | 'try' | undefined;

/** What follows from an attempt that got no response. */
export function attemptFailure(
  error: TransportError,
  expired: Expired,
  policy: RetryPolicy | undefined,
  method: string,
): Failed {
  if (expired === 'request') return { reply: LOCAL_REPLIES.timeout, retry: false };
  if (expired === 'try') {
    return {
      reply: LOCAL_REPLIES.perTryTimeout,
      retry: policy !== undefined && retriesPerTryTimeout(policy),
    };
  }
  return { reply: failureReply(error), retry: policy !== undefined && retriesFailure(policy, error, method) };
}

/** What outlier detection counts for it: 504 for a timeout, undefined where the client went. */
export function failureStatus(error: TransportError, expired: Expired): 503 | 504 | undefined {
  if (expired !== undefined) return 504;
  return error.failure === 'aborted' ? undefined : 503;
}

/** A cluster that demands mesh TLS, and an endpoint that cannot give it. */
export const NO_SIDECAR = new TransportError(
  'tls-failure',
  false,
  'ISTIO_MUTUAL, and the endpoint has no sidecar',
);

/** Whether nothing but mesh TLS will do. */
export function requiresMesh({ tls }: Cluster): boolean {
  return tls.mode === 'mesh' && tls.required;
}
