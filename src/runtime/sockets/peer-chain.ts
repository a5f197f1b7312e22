import type { TLSSocket } from 'node:tls';
import { sameBytes } from '../../identity/bytes.ts';

/** The part of a certificate that runtimes agree on, with the one above it. */
interface Shown {
  /** DER. */
  readonly raw?: Uint8Array;
  readonly issuerCertificate?: Shown;
}

const LONGEST_CHAIN = 8;

/**
 * The leaf of the peer, DER. Undefined where it showed none, or the runtime did not verify the chain of this very
 * handshake (a resumed session): what did not pass there is not looked at.
 */
export function shownLeaf(socket: TLSSocket): Uint8Array | undefined {
  if (socket.authorized !== true || socket.isSessionReused?.() === true) return undefined;
  const shown: Shown | undefined = socket.getPeerCertificate();
  return shown?.raw;
}

/** The chain that a handshake ended with, as far as the runtime shows it: leaf first, DER, nothing twice. */
export function peerChain(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let one: Shown | undefined = socket.getPeerCertificate(true);
  for (let shown = 0; one?.raw !== undefined && shown < LONGEST_CHAIN; shown++) {
    const { raw } = one;
    // Some clients send their leaf before the file that begins with it.
    if (!chain.some((other) => sameBytes(other, raw))) chain.push(raw);
    // A root is its own issuer.
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate;
  }
  return chain;
}
