import { httpStatusOfGrpc } from '../../http/grpc.ts';
import type { ResponseHead } from '../../http/message.ts';
import type { RetryPolicy } from '../../snapshot/route.ts';

/**
 * Whether a policy retries the gRPC status of a response without messages (`cancelled`, `deadline-exceeded`,
 * `internal`, `resource-exhausted`, `unavailable`); one that comes in trailers is too late.
 */
export function retriesGrpcStatus(policy: RetryPolicy, { headers }: ResponseHead): boolean {
  if (!headers.has('grpc-status')) return false;
  const condition = CONDITIONS.get(headers.get('grpc-status') ?? '');
  return condition !== undefined && policy.on.includes(condition);
}

/** The status of a response as outlier detection counts it: that of gRPC where the head alone says it all. */
export function responseStatus({ status, headers }: ResponseHead): number {
  const grpc = headers.get('grpc-status');
  return grpc === undefined ? status : httpStatusOfGrpc(grpc);
}

const CONDITIONS: ReadonlyMap<string, string> = new Map([
  ['1', 'cancelled'],
  ['4', 'deadline-exceeded'],
  ['8', 'resource-exhausted'],
  ['13', 'internal'],
  ['14', 'unavailable'],
]);
