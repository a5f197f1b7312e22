import { LOCAL_REPLIES, type LocalReply } from './local-reply.ts';
import type { TransportError } from './transport.ts';

/** What Envoy answers for an attempt that got no response. */
export function failureReply(error: TransportError): LocalReply {
  switch (error.failure) {
    case 'connect-failure':
    case 'tls-failure':
      return LOCAL_REPLIES.connectFailure;
    case 'refused-stream':
      return LOCAL_REPLIES.refusedStream;
    case 'protocol':
      return LOCAL_REPLIES.protocolError;
    case 'aborted':
      return LOCAL_REPLIES.clientGone;
    default:
      return LOCAL_REPLIES.connectionTermination;
  }
}
