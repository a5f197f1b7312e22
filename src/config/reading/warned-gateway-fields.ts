import { valueAt } from './field-path.ts';
import { scalarText } from './scalar-text.ts';
import { lengthOf, type WarnedField } from './warned-field.ts';

const CERTIFICATES = [
  'serverCertificate',
  'privateKey',
  'caCertificates',
  'credentialName',
  'tlsCertificates',
];
const CIPHER_SUITES = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
];

/** BoringSSL's own operators (`[a|b]`, `-x`, `!x`) are left to it. */
function isCipherSuite(name: string): boolean {
  return name === 'ALL' || !/^[A-Za-z0-9]/.test(name) || CIPHER_SUITES.includes(name);
}

/** What is warned of in a Gateway. */
export const warnedGatewayFields: readonly WarnedField[] = [
  {
    kind: 'Gateway',
    path: 'spec.servers[]',
    message: 'tls.httpsRedirect should only be used with http servers',
    when: (server) =>
      valueAt(server, ['tls', 'httpsRedirect']) === true &&
      /^(?:https|tls)$/i.test(scalarText(valueAt(server, ['port', 'protocol']))),
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[].tls',
    message: 'MUTUAL TLS can support up to 2 server certificates (one RSA, one ECDSA)',
    when: (tls) => lengthOf(valueAt(tls, ['tlsCertificates'])) > 2,
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[].tls',
    message: 'certificates are not used where TLS is passed through',
    remedy: 'leave them out, or write mode: SIMPLE',
    when: (tls) =>
      /PASSTHROUGH$/.test(scalarText(valueAt(tls, ['mode']))) &&
      CERTIFICATES.some((field) => Boolean(valueAt(tls, [field]))),
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[].tls.cipherSuites',
    message: 'ignoring invalid cipher suites',
    remedy: `write some of ${CIPHER_SUITES.join(', ')}`,
    when: (suites) => Array.isArray(suites) && !suites.every((suite) => isCipherSuite(scalarText(suite))),
  },
  {
    kind: 'Gateway',
    path: 'spec.servers[].tls.cipherSuites',
    message: 'ignoring duplicate cipher suites',
    when: (suites) => Array.isArray(suites) && new Set(suites).size < suites.length,
  },
];
