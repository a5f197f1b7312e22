import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { encodePem } from '../../identity/pem.ts';
import { parseCertificate } from '../../identity/x509/certificate.ts';
import { alternativeNames } from '../../identity/x509/certificate-names.ts';
import { formatName } from '../../identity/x509/distinguished-name.ts';
import type { ClientCertificate } from '../../proxy/decide/connection.ts';
import type { TerminatedTls } from '../../snapshot/gateway-server.ts';
import { shownLeaf } from './peer-certificates.ts';

/**
 * The certificate that a client of Gateway tls.mode MUTUAL or OPTIONAL_MUTUAL has proved, by the word of the TLS library;
 * undefined where it showed none, or one that we cannot read. Whether it is an X.509-SVID is judged elsewhere.
 */
export function clientCertificate(
  socket: TLSSocket,
  { mode }: Pick<TerminatedTls, 'mode'>,
): ClientCertificate | undefined {
  const shown = mode === 'SIMPLE' ? undefined : shownLeaf(socket);
  try {
    return shown && certificateOf(shown);
  } catch {
    return undefined;
  }
}

function certificateOf(der: Uint8Array): ClientCertificate {
  const leaf = parseCertificate(der);
  const hash = createHash('sha256').update(leaf.der).digest('hex');
  const [subject, { notAfter }] = [formatName(leaf.subject), leaf];
  const { uris, dnsNames } = alternativeNames(leaf);
  return { hash, pem: encodePem('CERTIFICATE', leaf.der), subject, uris, dnsNames, notAfter };
}
