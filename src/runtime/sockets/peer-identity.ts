import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { SpiffeId } from '../../identity/spiffe.ts';
import { parseCertificate } from '../../identity/x509/certificate.ts';
import { formatName } from '../../identity/x509/distinguished-name.ts';
import { leafSpiffeId } from '../../identity/x509/peer-id.ts';
import type { Peer } from '../../proxy/decide/connection.ts';

/** The part of a peer certificate that runtimes agree on. */
export interface PeerCertificate {
  /** DER. */
  readonly raw?: Uint8Array;
  readonly valid_from?: string;
  readonly valid_to?: string;
}

/** A certificate with the one above it. */
interface Linked extends PeerCertificate {
  readonly issuerCertificate?: Linked;
}

const LONGEST_CHAIN = 8;

/**
 * Who is at the other end of a finished handshake. Undefined unless the runtime verified the chain of this very
 * handshake (no resumed session), the leaf is valid now and is an X.509-SVID of our trust domain.
 */
export function peerIdentity(socket: TLSSocket, trustDomain: string, now: number): SpiffeId | undefined {
  return verifiedPeer(socket, trustDomain, now)?.id;
}

/** The same with what XFCC tells of the certificate; asked once per connection. */
export function verifiedPeer(socket: TLSSocket, trustDomain: string, now: number): Peer | undefined {
  if (socket.authorized !== true || socket.isSessionReused?.() === true) return undefined;
  return certifiedPeer(socket.getPeerCertificate(true), trustDomain, now);
}

/** The chain that a handshake ended with, as far as the runtime shows it: leaf first, DER. */
export function peerChain(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let one: Linked | undefined = socket.getPeerCertificate(true);
  while (one?.raw !== undefined && chain.length < LONGEST_CHAIN) {
    chain.push(one.raw);
    // A root is its own issuer.
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate;
  }
  return chain;
}

/** The SPIFFE ID of a verified leaf that is valid at `now` (ms since the epoch), else undefined. */
export function certificateIdentity(
  certificate: PeerCertificate | undefined,
  trustDomain: string,
  now: number,
): SpiffeId | undefined {
  return certifiedPeer(certificate, trustDomain, now)?.id;
}

function certifiedPeer(
  certificate: PeerCertificate | undefined,
  trustDomain: string,
  now: number,
): Peer | undefined {
  if (certificate?.raw === undefined || !isCurrent(certificate, now)) return undefined;
  try {
    const leaf = parseCertificate(certificate.raw);
    const certificateHash = createHash('sha256').update(certificate.raw).digest('hex');
    const [id, { notAfter }] = [leafSpiffeId(leaf, trustDomain), leaf];
    return { id, certificateHash, subject: formatName(leaf.subject), notAfter };
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
