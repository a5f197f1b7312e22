import type { TerminatedTls, TlsServer, TlsVersion } from '../../snapshot/gateway-server.ts';
import type { GatewayServer } from './spec-parts.ts';

type ServerTlsSpec = NonNullable<GatewayServer['tls']>;

/**
 * ServerTLSSettings with certificates from files. Without a mode it is SIMPLE where there is a certificate and
 * PASSTHROUGH where there is none. Undefined for what a snapshot cannot carry: credentials, ISTIO_MUTUAL,
 * AUTO_PASSTHROUGH.
 */
export function serverTls(spec: ServerTlsSpec | undefined): TlsServer['tls'] | undefined {
  const files = spec?.tlsCertificates?.[0] ?? spec;
  const mode = spec?.mode ?? (files?.serverCertificate ? 'SIMPLE' : 'PASSTHROUGH');
  if (mode === 'PASSTHROUGH') return { mode };
  if (mode === 'ISTIO_MUTUAL' || mode === 'AUTO_PASSTHROUGH') return undefined;
  if (!spec || !files?.serverCertificate || !files.privateKey) return undefined;
  const asks = mode !== 'SIMPLE';
  if (asks && !spec.caCertificates) return undefined;
  return {
    mode,
    certificateFile: files.serverCertificate,
    privateKeyFile: files.privateKey,
    caFile: asks ? (spec.caCertificates ?? '') : '',
    subjectAltNames: asks ? spec.subjectAltNames : [],
    minVersion: spec.minProtocolVersion === 'TLSV1_3' ? 'TLSv1.3' : 'TLSv1.2',
    maxVersion: maxVersion(spec.maxProtocolVersion),
  } satisfies TerminatedTls;
}

function maxVersion(written: ServerTlsSpec['maxProtocolVersion']): TlsVersion {
  return written === 'TLS_AUTO' || written === 'TLSV1_3' ? 'TLSv1.3' : 'TLSv1.2';
}
