import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { encodePem } from '../../identity/pem.ts';
import type { SpiffeId } from '../../identity/spiffe.ts';
import { type Certificate, parseCertificate } from '../../identity/x509/certificate.ts';
import { alternativeNames } from '../../identity/x509/certificate-names.ts';
import { formatName } from '../../identity/x509/distinguished-name.ts';
import { leafSpiffeId, parseSvidUri } from '../../identity/x509/peer-id.ts';
import type { ClientCertificate, Peer } from '../../proxy/decide/connection.ts';
import type { TerminatedTls } from '../../snapshot/gateway-server.ts';

/** Who came through TLS that a gateway ends. */
export interface ClientIdentity {
  /** Only where the certificate is an X.509-SVID. */
  readonly peer: Peer | undefined;
  readonly certificate: ClientCertificate | undefined;
}

const NOBODY: ClientIdentity = { peer: undefined, certificate: undefined };

/**
 * What a client of Gateway tls.mode MUTUAL or OPTIONAL_MUTUAL has proved; nobody where it showed no certificate, or
 * one that we cannot read. The CA of the server vouches for the names, whatever their trust domain.
 */
export function clientIdentity(socket: TLSSocket, { mode }: Pick<TerminatedTls, 'mode'>): ClientIdentity {
  if (mode === 'SIMPLE' || socket.authorized !== true || socket.isSessionReused?.() === true) return NOBODY;
  const shown: { readonly raw?: Uint8Array } | undefined = socket.getPeerCertificate(true);
  if (shown?.raw === undefined) return NOBODY;
  try {
    return identityOf(parseCertificate(shown.raw));
  } catch {
    return NOBODY;
  }
}

function identityOf(leaf: Certificate): ClientIdentity {
  const hash = createHash('sha256').update(leaf.der).digest('hex');
  const [subject, { notAfter }] = [formatName(leaf.subject), leaf];
  const { uris, dnsNames } = alternativeNames(leaf);
  const pem = encodePem('CERTIFICATE', leaf.der);
  const id = spiffeIdOf(leaf, uris);
  return {
    peer: id && { id, certificateHash: hash, subject, notAfter },
    certificate: { hash, pem, subject, uris, dnsNames, notAfter },
  };
}

function spiffeIdOf(leaf: Certificate, uris: readonly string[]): SpiffeId | undefined {
  try {
    return leafSpiffeId(leaf, parseSvidUri(uris[0] ?? '').trustDomain);
  } catch {
    // Its names are none of a workload: it is nobody's principal.
    return undefined;
  }
}
