import { grpcMessage, grpcStatus, grpcTimeout, isGrpc } from '../../http/grpc.ts';
import { HeaderList } from '../../http/header-list.ts';
import type { LocalResponse } from './local-reply.ts';

/** Of gRPC, when the client's own deadline passed. */
export const DEADLINE_EXCEEDED = 4;

/** How long a request may take, in ms: the route's timeout (0 = none), or less where `grpc-timeout` says so. */
export interface RequestTimeout {
  readonly ms: number;
  /** It is the client's own deadline. */
  readonly ofClient: boolean;
}

/** The timeout of a request; `grpc-timeout` counts only in a gRPC request. */
export function requestTimeout(timeoutMs: number, headers: HeaderList): RequestTimeout {
  const text = headers.get('grpc-timeout');
  const asked = text !== undefined && isGrpc(headers.get('content-type')) ? grpcTimeout(text) : undefined;
  if (asked === undefined || (timeoutMs > 0 && timeoutMs < asked)) return { ms: timeoutMs, ofClient: false };
  // A deadline of 0 has passed already; a timeout of 0 would be none.
  return { ms: Math.max(1, asked), ofClient: true };
}

/**
 * A local answer as the client understands it: to a gRPC request HTTP 200 with `grpc-status` and `grpc-message`, in
 * the head alone; any other is unchanged. `status` is the gRPC status
 * where it does not follow from that of HTTP.
 */
export function grpcLocalReply(response: LocalResponse, request: HeaderList, status?: number): LocalResponse {
  if (response.status === 0 || !isGrpc(request.get('content-type'))) return response;
  const headers = new HeaderList();
  for (const [name, value] of response.headers) if (!name.startsWith('content-')) headers.append(name, value);
  headers.append('content-type', 'application/grpc');
  headers.append('grpc-status', String(status ?? grpcStatus(response.status)));
  if (response.body !== undefined) headers.append('grpc-message', grpcMessage(response.body));
  return { status: 200, reason: '', headers, body: undefined };
}
