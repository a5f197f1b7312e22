import { sameBytes } from '../../identity/bytes.ts';
import { IdentityError } from '../../identity/identity-error.ts';
import { record, text } from '../../identity/json-shape.ts';
import { decodePem, encodePem } from '../../identity/pem.ts';
import { parseCertificate } from '../../identity/x509/certificate.ts';
import { createCsr } from '../../identity/x509/csr.ts';
import { exportPrivateKey, exportPublicKey, generateKey } from '../../identity/x509/p256.ts';
import type { ControlConnection } from './control-connection.ts';

/** Where workloads ask control for the certificate of their edge listener. */
export const EDGE_PATH = '/v1/edge-certificates';

/** A server certificate for a DNS name, with its key; PEM, leaf first. Times in ms since the epoch. */
export interface IssuedEdge {
  readonly host: string;
  readonly chainPem: string;
  readonly keyPem: string;
  readonly notAfter: number;
}

/** Asks control for a certificate of a new key. Rejects where it refuses, or answers with one of another key. */
export async function askEdgeCertificate(control: Pick<ControlConnection, 'callJson'>): Promise<IssuedEdge> {
  const keys = await generateKey();
  const csr = await createCsr(keys);
  const answer = await control.callJson({ method: 'POST', path: EDGE_PATH, body: { csr } });
  const { chain, host } = shape(answer, 'edge certificate');
  const [leaf] = decodePem('CERTIFICATE', chain).map(parseCertificate);
  if (leaf === undefined || !sameBytes(leaf.publicKey, await exportPublicKey(keys.publicKey)))
    throw new IdentityError('join_key', 'the edge certificate is of another key');
  const keyPem = encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey));
  return { host, chainPem: chain, keyPem, notAfter: leaf.notAfter };
}

const shape = record({ chain: text(64 * 1024), host: text(253, /^[a-z0-9.-]+$/) });
