import * as z from 'zod';
import { problem } from './field.ts';

const CERTIFICATE_FIELDS = ['clientCertificate', 'privateKey', 'caCertificates', 'credentialName'] as const;

/** ClientTLSSettings. An absent block means mesh TLS where the endpoint has it. */
export const clientTls = z
  .strictObject({
    mode: z.enum(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']).default('DISABLE'),
    clientCertificate: z.string().optional(),
    privateKey: z.string().optional(),
    caCertificates: z.string().optional(),
    caCrl: z.string().optional(),
    credentialName: z.string().optional(),
    subjectAltNames: z.array(z.string()).default([]),
    sni: z.string().optional(),
    insecureSkipVerify: z.boolean().optional(),
  })
  .check((ctx) => {
    const tls = ctx.value;
    const report = (message: string, key: string) => ctx.issues.push(problem(tls, message, [key]));
    if (tls.mode === 'ISTIO_MUTUAL') {
      for (const key of CERTIFICATE_FIELDS)
        if (tls[key]) report(`${key} cannot be set with ISTIO_MUTUAL`, key);
    }
    if (tls.mode === 'MUTUAL' && !tls.credentialName) {
      for (const key of ['clientCertificate', 'privateKey'] as const)
        if (!tls[key]) report(`${key} is required with MUTUAL`, key);
    }
    if (tls.credentialName && (tls.clientCertificate || tls.privateKey || tls.caCertificates))
      report('credentialName cannot be set with certificate files', 'credentialName');
    if (tls.insecureSkipVerify && (tls.caCertificates || tls.subjectAltNames.length > 0))
      report('cannot be set with caCertificates or subjectAltNames', 'insecureSkipVerify');
  });
