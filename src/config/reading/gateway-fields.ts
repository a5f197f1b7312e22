import { scalarText } from './scalar-text.ts';
import { notApplied, type UnsupportedField } from './unsupported-field.ts';

/** The fields of a Gateway that are not acted on everywhere, or that are refused. */
export const gatewayFields: readonly UnsupportedField[] = [
  ...notApplied('Gateway', 'spec.servers[]', {
    bind: 'the gateway listens where it is deployed',
    defaultEndpoint: 'it has no effect',
    'port.targetPort': 'it has no effect',
    'tls.cipherSuites': 'the suites of the platform are spoken',
    'tls.insecureSkipVerify': 'certificates of clients are verified all the same',
  }),
  {
    kind: 'Gateway',
    path: 'spec.servers[].tls.tlsCertificates',
    code: 'WFT0201',
    effect: 'the first certificate is shown to every client',
    when: (value) => Array.isArray(value) && value.length > 1,
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[].port.protocol',
    code: 'WFT0205',
    effect: 'the gateway on Workers opens no such port and does not answer for these hosts',
    remedy: 'let the platform end TLS in front of an HTTP server, or run a self-hosted gateway',
    when: (value) => /^(?:https|tls|tcp|mongo)$/i.test(scalarText(value)),
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[]',
    code: 'WFT0301',
    effect: 'TLS is not spoken on a plaintext port, so its tls settings would not protect anything',
    remedy: 'use the protocol HTTPS, or leave only httpsRedirect',
    when: asksPlaintextForTls,
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[].tls',
    code: 'WFT0301',
    effect: 'clients would be verified by caCertificates, and not by caCertCredentialName',
    remedy: 'name the certificate by credentialName too, or leave caCertCredentialName out',
    when: (tls) =>
      Boolean(member(tls, 'caCertCredentialName')) &&
      !member(tls, 'credentialName') &&
      !member(tls, 'credentialNames'),
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[].tls.credentialNames',
    code: 'WFT0201',
    effect: 'clients are shown the first certificate only',
    when: (value) => Array.isArray(value) && value.length > 1,
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[].tls.mode',
    code: 'WFT0201',
    effect:
      'only SIMPLE, MUTUAL, OPTIONAL_MUTUAL and PASSTHROUGH are spoken; the server is not opened, and nobody is let in',
    when: (value) => value === 'AUTO_PASSTHROUGH' || value === 'ISTIO_MUTUAL',
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[].tls.maxProtocolVersion',
    code: 'WFT0301',
    effect: 'nothing below TLS 1.2 is spoken',
    when: (value) => value === 'TLSV1_0' || value === 'TLSV1_1',
  },
  ...['caCrl', 'verifyCertificateSpki', 'verifyCertificateHash'].map(
    (field): UnsupportedField => ({
      kind: 'Gateway',
      path: `spec.servers[].tls.${field}`,
      code: 'WFT0301',
      effect: 'clients would be let in that it means to keep out',
      remedy: 'use caCertificates and subjectAltNames',
      when: (value) => value !== '' && !(Array.isArray(value) && value.length === 0),
    }),
  ),
];

const PLAINTEXT = /^(?:http|http2|grpc|grpc-web)$/i;

/** PASSTHROUGH is also what an unset mode is in the protobuf, and asks for nothing. */
function asksPlaintextForTls(server: unknown): boolean {
  const protocol = member(member(server, 'port'), 'protocol');
  if (!PLAINTEXT.test(scalarText(protocol))) return false;
  const tls = member(server, 'tls');
  return Object.keys(tls ?? {}).some(
    (key) => key !== 'httpsRedirect' && !(key === 'mode' && member(tls, key) === 'PASSTHROUGH'),
  );
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
