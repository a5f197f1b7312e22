import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { encodePem } from '../../identity/pem.ts';
import { parseCertificate } from '../../identity/x509/certificate.ts';
import { alternativeNames } from '../../identity/x509/certificate-names.ts';
import { formatName } from '../../identity/x509/distinguished-name.ts';
import type { ClientCertificate } from '../../proxy/decide/connection.ts';
import type { TerminatedTls } from '../../snapshot/gateway-server.ts';
import { shownLeaf } from './peer-certificates.ts';

/** The trust domain of a SPIFFE ID, as leniently as somebody may read it who is told of it. */
const SPIFFE_DOMAIN = /^spiffe:\/\/(?:[^/?#]*@)?([^/?#:@]*)/i;

/**
 * The certificate that a client of Gateway tls.mode MUTUAL or OPTIONAL_MUTUAL has proved, by the word of the TLS library;
 * undefined where it showed none, or one that we cannot read. Whether it is an X.509-SVID is judged elsewhere; SPIFFE
 * IDs of a trust domain that is only claimed are not among its names, as nobody is to take them for true.
 */
export function clientCertificate(
  socket: TLSSocket,
  { mode }: Pick<TerminatedTls, 'mode'>,
  isClaim: (trustDomain: string) => boolean,
): ClientCertificate | undefined {
  const shown = mode === 'SIMPLE' ? undefined : shownLeaf(socket);
  try {
    return shown && certificateOf(shown, isClaim);
  } catch {
    return undefined;
  }
}

function certificateOf(der: Uint8Array, isClaim: (trustDomain: string) => boolean): ClientCertificate {
  const leaf = parseCertificate(der);
  const hash = createHash('sha256').update(leaf.der).digest('hex');
  const [subject, { notAfter }] = [formatName(leaf.subject), leaf];
  const { uris: named, dnsNames } = alternativeNames(leaf);
  const uris = named.filter((uri) => {
    const [, trustDomain] = SPIFFE_DOMAIN.exec(uri) ?? [];
    return trustDomain === undefined || !isClaim(trustDomain.toLowerCase());
  });
  return { hash, pem: encodePem('CERTIFICATE', leaf.der), subject, uris, dnsNames, notAfter };
}
