import type { ResponseHead } from '../../http/message.ts';
import type { RetryPolicy } from '../../snapshot/route.ts';
import { retriesGrpcStatus } from './grpc-retry.ts';
import type { TransportError } from './transport.ts';

/** Methods that an origin may see twice (RFC 9110 §9.2.2); TRACE is refused at the door. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Whether a policy retries a received response (`5xx`, `gateway-error`, `retriable-4xx`, status codes). */
export function retriesResponse(policy: RetryPolicy, response: ResponseHead): boolean {
  const { status } = response;
  if (retriesGrpcStatus(policy, response)) return true;
  if (policy.statuses.includes(status)) return true;
  if (status < 400) return false;
  if (response.headers.has('x-envoy-ratelimited')) return policy.on.includes('envoy-ratelimited');
  for (const condition of policy.on) {
    if (condition === '5xx' && status >= 500) return true;
    if (condition === 'gateway-error' && status >= 502 && status <= 504) return true;
    if (condition === 'retriable-4xx' && status === 409) return true;
  }
  return false;
}

/**
 * Whether a policy retries an attempt without a response. As in Envoy any of them counts as `reset`, `5xx` and
 * `gateway-error`, which are the operator's word that a request may be sent twice, whatever its method; the other
 * conditions need proof that nothing of it was processed, and so does `connect-failure` where `method` may not go
 * twice. Never after the client has gone.
 */
export function retriesFailure(policy: RetryPolicy, error: TransportError, method: string): boolean {
  if (error.failure === 'aborted') return false;
  const connectFailure = error.failure === 'connect-failure' || error.failure === 'tls-failure';
  const unconnected = connectFailure && (!error.sent || IDEMPOTENT.has(method));
  if (error.failure === 'refused-stream' && policy.on.includes('refused-stream')) return true;
  return retriesReset(policy, unconnected, error.sent);
}

/** Whether a policy retries an attempt that its perTryTimeout ended; Envoy treats it as a local reset. */
export function retriesPerTryTimeout(policy: RetryPolicy): boolean {
  return retriesReset(policy, false, true);
}

/** Milliseconds to wait before retry number `retry` (from 1): full jitter, doubling, capped at ten times the base. */
export function backoff(policy: RetryPolicy, retry: number, unit: number): number {
  const ceiling = Math.min(policy.backoffMs * 2 ** (retry - 1), policy.backoffMs * 10);
  return Math.floor(unit * ceiling);
}

function retriesReset(policy: RetryPolicy, unconnected: boolean, sent: boolean): boolean {
  for (const condition of policy.on) {
    if (condition === 'reset' || condition === '5xx' || condition === 'gateway-error') return true;
    if (condition === 'reset-before-request' && !sent) return true;
    if (condition === 'connect-failure' && unconnected) return true;
  }
  return false;
}
