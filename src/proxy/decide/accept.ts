import type { MtlsMode } from '../../snapshot/policy.ts';
import type { Step } from './chain.ts';
import type { Direction } from './connection.ts';
import type { Edit } from './decision.ts';
import type { Accepted, Arrival } from './evidence.ts';
import { localReply } from './reply.ts';

/** What a connection turns out to be once its first bytes are seen. */
export type ConnectionKind = 'mesh-tls' | 'plaintext' | 'foreign-tls';

/** The part of an inbound listener that accepting looks at. */
export interface AcceptedListener {
  readonly mtls: MtlsMode;
  readonly mtlsSource: string;
  readonly cluster: string;
}

/**
 * What an inbound listener does with a connection (PeerAuthentication mtls.mode): serve it, close it, or pass
 * its bytes through as TCP. DISABLE terminates no TLS, so nothing could prove a mesh peer there.
 */
export function acceptConnection(mtls: MtlsMode, kind: ConnectionKind): 'serve' | 'close' | 'passthrough' {
  if (kind === 'plaintext') return mtls === 'STRICT' ? 'close' : 'serve';
  if (kind === 'mesh-tls') return mtls === 'DISABLE' ? 'close' : 'serve';
  return mtls === 'STRICT' ? 'close' : 'passthrough';
}

/** Accepts on an inbound listener: STRICT wants a verified peer. */
export function acceptInbound(listener: AcceptedListener): Step<Arrival, Accepted<'inbound'>> {
  const { mtls, mtlsSource } = listener;
  return (arrival, { trace }) => {
    const refused = mtls === 'STRICT' && arrival.connection.peer === undefined;
    trace?.add({
      step: 'accept',
      verdict: refused ? 'deny' : 'pass',
      text: `PeerAuthentication is ${mtls}; the peer is ${peerText(arrival)}`,
      source: mtlsSource,
    });
    return refused ? strictRefusal : accepted('inbound', arrival);
  };
}

/** Accepts on a listener without peer authentication: the local application's, or the edge. */
export function accept<D extends 'outbound' | 'gateway'>(direction: D): Step<Arrival, Accepted<D>> {
  return (arrival, { trace }) => {
    trace?.add({
      step: 'accept',
      verdict: 'pass',
      text: `${direction} request from ${arrival.connection.remoteAddress || 'an unknown address'}`,
    });
    return accepted(direction, arrival);
  };
}

const strictRefusal = localReply(0, '-', 'peer_authentication_strict');
const noEdits: readonly Edit[] = [];

function accepted<D extends Direction>(direction: D, { request, connection }: Arrival): Accepted<D> {
  return { direction, request, connection, edits: noEdits };
}

function peerText({ connection }: Arrival): string {
  const id = connection.peer?.id;
  return id === undefined ? 'not verified' : `spiffe://${id.trustDomain}${id.path}`;
}
