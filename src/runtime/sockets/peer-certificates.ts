import type { TLSSocket } from 'node:tls';

/** The part of a certificate that runtimes agree on, with the one above it. */
interface Shown {
  /** DER. */
  readonly raw?: Uint8Array;
  readonly issuerCertificate?: Shown;
}

const MOST = 8;

/**
 * The leaf of the peer, DER. Undefined where it showed none, or the runtime did not verify the chain of this very
 * handshake (a resumed session): what did not pass there is not looked at.
 */
export function shownLeaf(socket: TLSSocket): Uint8Array | undefined {
  if (socket.authorized !== true || socket.isSessionReused?.() === true) return undefined;
  const shown: Shown | undefined = socket.getPeerCertificate();
  return shown?.raw;
}

/**
 * The certificates that a handshake ended with, as far as the runtime shows them: the leaf first, DER. What follows
 * differs: Node puts them in order, Deno adds every root that it was given.
 */
export function peerCertificates(socket: TLSSocket): Uint8Array[] {
  const shown: Uint8Array[] = [];
  let one: Shown | undefined = socket.getPeerCertificate(true);
  while (one?.raw !== undefined && shown.length < MOST) {
    shown.push(one.raw);
    // A root is its own issuer.
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate;
  }
  return shown;
}
