import type { TerminatedTls, TlsServer, TlsVersion } from '../../snapshot/gateway-server.ts';
import { credentialReference } from './credential.ts';
import type { ResourceSet } from './resource-set.ts';
import type { GatewayServer } from './spec-parts.ts';

type ServerTlsSpec = NonNullable<GatewayServer['tls']>;
type Certificates = Pick<TerminatedTls, 'certificateFile' | 'privateKeyFile' | 'caFile' | 'credential'>;

/**
 * ServerTLSSettings with certificates from files or Secrets of the gateway's `namespace`. Without a mode it is SIMPLE
 * where there is a certificate and PASSTHROUGH where there is none. Undefined for what a snapshot cannot carry:
 * ISTIO_MUTUAL, AUTO_PASSTHROUGH.
 */
export function serverTls(
  spec: ServerTlsSpec | undefined,
  namespace: string,
  resources: ResourceSet,
): TlsServer['tls'] | undefined {
  const mode = spec?.mode ?? (hasCertificate(spec) ? 'SIMPLE' : 'PASSTHROUGH');
  if (mode === 'PASSTHROUGH') return { mode };
  if (!spec || mode === 'ISTIO_MUTUAL' || mode === 'AUTO_PASSTHROUGH') return undefined;
  const asks = mode !== 'SIMPLE';
  const name = credentialOf(spec);
  const certificates = name ? fromSecret(name, spec, asks, namespace, resources) : fromFiles(spec, asks);
  if (certificates === undefined) return undefined;
  return {
    mode,
    ...certificates,
    subjectAltNames: asks ? spec.subjectAltNames : [],
    minVersion: spec.minProtocolVersion === 'TLSV1_3' ? 'TLSv1.3' : 'TLSv1.2',
    maxVersion: maxVersion(spec.maxProtocolVersion),
  } satisfies TerminatedTls;
}

function hasCertificate(spec: ServerTlsSpec | undefined): boolean {
  if (spec === undefined) return false;
  return Boolean(credentialOf(spec) || (spec.tlsCertificates?.[0] ?? spec).serverCertificate);
}

/** Of several the first. */
function credentialOf({ credentialName, credentialNames }: ServerTlsSpec): string {
  return credentialName || credentialNames?.[0] || '';
}

function fromSecret(
  certificate: string,
  { caCertCredentialName: authority }: ServerTlsSpec,
  asks: boolean,
  namespace: string,
  resources: ResourceSet,
): Certificates {
  const credential = credentialReference({ certificate, authority }, asks, namespace, resources);
  return { certificateFile: '', privateKeyFile: '', caFile: '', credential };
}

function fromFiles(spec: ServerTlsSpec, asks: boolean): Certificates | undefined {
  const { serverCertificate, privateKey } = spec.tlsCertificates?.[0] ?? spec;
  if (!serverCertificate || !privateKey || (asks && !spec.caCertificates)) return undefined;
  const caFile = asks ? (spec.caCertificates ?? '') : '';
  return { certificateFile: serverCertificate, privateKeyFile: privateKey, caFile };
}

function maxVersion(written: ServerTlsSpec['maxProtocolVersion']): TlsVersion {
  return written === 'TLS_AUTO' || written === 'TLSV1_3' ? 'TLSv1.3' : 'TLSv1.2';
}
