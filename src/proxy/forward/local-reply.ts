import { HeaderList } from '../../http/header-list.ts';
import type { OutcomeFlag } from './outcome.ts';

/** An answer of the proxy itself. */
export interface LocalReply {
  readonly status: number;
  readonly flag: OutcomeFlag;
  readonly details: string;
  readonly body: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** A local reply as a response; fits `ProxyResponse` of every platform. */
export interface LocalResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderList;
  readonly body: string | undefined;
}

const RESET = 'upstream connect error or disconnect/reset before headers. reset reason: ';

/** Envoy's local replies of the router: status, flag, details and body. */
export const LOCAL_REPLIES = {
  noCluster: { status: 503, flag: 'NC', details: 'cluster_not_found', body: '' },
  noHealthyUpstream: { status: 503, flag: 'UH', details: 'no_healthy_upstream', body: 'no healthy upstream' },
  connectFailure: reset(503, 'UF', 'connection_failure', 'connection failure'),
  connectionTermination: reset(503, 'UC', 'connection_termination', 'connection termination'),
  refusedStream: reset(503, 'UR', 'remote_refused_stream_reset', 'remote refused stream reset'),
  overflow: {
    ...reset(503, 'UO', 'overflow', 'overflow'),
    headers: [['x-envoy-overloaded', 'true']],
  },
  protocolError: reset(502, 'UPE', 'protocol_error', 'protocol error'),
  timeout: { status: 504, flag: 'UT', details: 'response_timeout', body: 'upstream request timeout' },
  perTryTimeout: {
    status: 504,
    flag: 'UT',
    details: 'upstream_per_try_timeout',
    body: 'upstream request timeout',
  },
  clientGone: { status: 0, flag: 'DC', details: 'downstream_remote_disconnect', body: '' },
} as const satisfies Record<string, LocalReply>;

/** Builds the response of a local answer; `text/plain` unless the headers say otherwise. */
export function localResponse(
  status: number,
  body: string,
  headers: Iterable<readonly [string, string]> = [],
): LocalResponse {
  const list = HeaderList.from(headers);
  if (body !== '' && !list.has('content-type')) list.append('content-type', 'text/plain');
  return { status, reason: '', headers: list, body: body === '' ? undefined : body };
}

function reset<S extends number, F extends OutcomeFlag>(status: S, flag: F, details: string, reason: string) {
  return {
    status,
    flag,
    details: `upstream_reset_before_response_started{${details}}`,
    body: `${RESET}${reason}`,
  };
}
