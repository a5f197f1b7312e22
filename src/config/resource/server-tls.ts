import * as z from 'zod';
import { atMostOne, problem } from './field.ts';

const version = z.enum(['TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3']).default('TLS_AUTO');

/** ServerTLSSettings of a Gateway server. */
export const serverTls = z
  .strictObject({
    httpsRedirect: z.boolean().default(false),
    mode: z
      .enum(['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'AUTO_PASSTHROUGH', 'ISTIO_MUTUAL', 'OPTIONAL_MUTUAL'])
      .optional(),
    serverCertificate: z.string().optional(),
    privateKey: z.string().optional(),
    caCertificates: z.string().optional(),
    caCrl: z.string().optional(),
    credentialName: z.string().optional(),
    credentialNames: z.array(z.string()).min(1).max(2).optional(),
    caCertCredentialName: z.string().optional(),
    tlsCertificates: z
      .array(
        z.strictObject({
          serverCertificate: z.string().optional(),
          privateKey: z.string().optional(),
          caCertificates: z.string().optional(),
        }),
      )
      .min(1)
      .optional(),
    subjectAltNames: z.array(z.string()).default([]),
    verifyCertificateSpki: z.array(z.string()).default([]),
    verifyCertificateHash: z.array(z.string()).default([]),
    minProtocolVersion: version,
    maxProtocolVersion: version,
    cipherSuites: z.array(z.string()).default([]),
    insecureSkipVerify: z.boolean().optional(),
  })
  .check(
    atMostOne('credentialNames', 'tlsCertificates'),
    atMostOne('credentialName', 'credentialNames'),
    atMostOne('credentialName', 'tlsCertificates'),
    checkCertificates,
    checkVersions,
  );

interface CertificateFields {
  readonly mode?: string | undefined;
  readonly serverCertificate?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly caCertificates?: string | undefined;
  readonly caCrl?: string | undefined;
  readonly credentialName?: string | undefined;
  readonly credentialNames?: readonly string[] | undefined;
  readonly tlsCertificates?: readonly Omit<CertificateFields, 'mode'>[] | undefined;
}

const VERSIONS = version.unwrap().options;

/** TLS_AUTO on either side leaves it to the platform. */
function checkVersions(
  ctx: z.core.ParsePayload<{ readonly minProtocolVersion: string; readonly maxProtocolVersion: string }>,
): void {
  const order = (name: string) => (VERSIONS as readonly string[]).indexOf(name);
  const [min, max] = [order(ctx.value.minProtocolVersion), order(ctx.value.maxProtocolVersion)];
  if (max > 0 && max < min)
    ctx.issues.push(problem(ctx.value, 'must not be below minProtocolVersion', ['maxProtocolVersion']));
}

/** Certificates come from a credential or from files, and ISTIO_MUTUAL has the mesh's own. */
function checkCertificates(ctx: z.core.ParsePayload<CertificateFields>): void {
  const tls = ctx.value;
  const report = (message: string) => ctx.issues.push(problem(tls, message));
  const credential = tls.credentialName ?? tls.credentialNames?.[0];
  const files = tls.serverCertificate || tls.privateKey || tls.caCertificates;
  if (tls.mode === 'ISTIO_MUTUAL') {
    if (files) report('ISTIO_MUTUAL cannot have associated server cert, private key or CA bundle');
    if (credential) report('ISTIO_MUTUAL cannot have associated credentialName');
  }
  const verifiesClient = tls.mode === 'MUTUAL' || tls.mode === 'OPTIONAL_MUTUAL';
  if (tls.mode !== 'SIMPLE' && !verifiesClient) return;
  if (tls.credentialNames && files)
    report('only one of credential_name, credential_names or certificate files');
  if (credential) return;
  const sets = tls.tlsCertificates ?? [tls];
  if (sets.some((set) => !set.serverCertificate)) report(`${tls.mode} TLS requires a server certificate`);
  if (sets.some((set) => !set.privateKey)) report(`${tls.mode} TLS requires a private key`);
  if (tls.mode === 'SIMPLE' && tls.caCrl) report('CRL is not supported with SIMPLE TLS');
  if (verifiesClient && !tls.caCertificates) report(`${tls.mode} TLS requires a client CA bundle`);
}
