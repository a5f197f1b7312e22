import type { TLSSocket } from 'node:tls';
import type { SpiffeId } from '../../identity/spiffe.ts';
import { peerSpiffeId } from '../../identity/x509/peer-id.ts';

/** The part of a peer certificate that runtimes agree on. */
export interface PeerCertificate {
  /** DER. */
  readonly raw?: Uint8Array;
  readonly valid_from?: string;
  readonly valid_to?: string;
}

/**
 * Who is at the other end of a finished handshake. Undefined unless the runtime verified the chain of this very
 * handshake (no resumed session), the leaf is valid now and is an X.509-SVID of our trust domain.
 */
export function peerIdentity(socket: TLSSocket, trustDomain: string, now: number): SpiffeId | undefined {
  if (socket.authorized !== true || socket.isSessionReused?.() === true) return undefined;
  return certificateIdentity(socket.getPeerCertificate(true), trustDomain, now);
}

/** The SPIFFE ID of a verified leaf that is valid at `now` (ms since the epoch), else undefined. */
export function certificateIdentity(
  certificate: PeerCertificate | undefined,
  trustDomain: string,
  now: number,
): SpiffeId | undefined {
  if (certificate?.raw === undefined || !isCurrent(certificate, now)) return undefined;
  try {
    return peerSpiffeId(certificate.raw, trustDomain);
  } catch {
    // Whatever is wrong with it: it identifies nobody.
    return undefined;
  }
}

function isCurrent(certificate: PeerCertificate, now: number): boolean {
  const from = Date.parse(certificate.valid_from ?? '');
  const to = Date.parse(certificate.valid_to ?? '');
  return now >= from && now <= to;
}
