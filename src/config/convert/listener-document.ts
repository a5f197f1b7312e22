import type { GatewayServer, TerminatedTls } from '../../snapshot/gateway-server.ts';
import type { Conversion, Document } from './conversion.ts';

/** A server as a listener for one host; routes of every namespace may attach, as VirtualServices of every one may. */
export function listenerOf(
  server: GatewayServer,
  host: string,
  name: string,
  { note }: Conversion,
): Document {
  return {
    name,
    port: server.port,
    protocol: server.protocol,
    ...(host !== '*' && server.protocol !== 'TCP' && { hostname: host }),
    ...('tls' in server && { tls: tlsOf(server.tls, (why) => note(server.source, why)) }),
    allowedRoutes: { namespaces: { from: 'All' } },
  };
}

function tlsOf(tls: TerminatedTls | { readonly mode: 'PASSTHROUGH' }, note: (why: string) => void): Document {
  if (tls.mode === 'PASSTHROUGH') return { mode: 'Passthrough' };
  if (tls.mode !== 'SIMPLE') note(`the server is not opened: ${tls.mode} asks clients for certificates`);
  if (tls.minVersion !== 'TLSv1.2' || tls.maxVersion !== 'TLSv1.3')
    note('TLS versions are those of the platform');
  const { credential, certificateFile, privateKeyFile } = tls;
  if (tls.mode !== 'SIMPLE')
    return { mode: 'Terminate', options: { 'weft.dev/client-certificates': tls.mode } };
  if (!credential)
    return {
      mode: 'Terminate',
      options: { 'weft.dev/certificate-file': certificateFile, 'weft.dev/private-key-file': privateKeyFile },
    };
  const [, namespace = '', name = ''] = credential.certificate.split('/');
  return { mode: 'Terminate', certificateRefs: [{ name, namespace }] };
}
