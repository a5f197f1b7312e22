import type { CanonicalEdits } from './canonicalise.ts';
import type { Edit } from './decision.ts';
import { edgeCertEdit } from './forwarded-client-cert.ts';
import { isIdentityHeader, removals } from './identity-headers.ts';
import { uuid } from './uuid.ts';

/**
 * What the edge says about the client instead of the client itself: no header of a proxy or of a platform
 * survives; `x-forwarded-proto`, the last `x-forwarded-for` and `x-request-id` are the gateway's own, and so is
 * what it tells of a client's certificate (`x-forwarded-client-cert`).
 */
export const gatewayEdits: CanonicalEdits = ({ request, connection }, { inputs }) => {
  const edits: Edit[] = [...removals(request.headers, isEdgeHeader)];
  edits.push({ kind: 'set', name: 'x-forwarded-proto', value: request.scheme });
  const clientCert = edgeCertEdit(connection.certificate);
  if (clientCert !== undefined) edits.push(clientCert);
  if (connection.remoteAddress !== '') {
    const before = request.headers.get('x-forwarded-for');
    const value = before ? `${before},${connection.remoteAddress}` : connection.remoteAddress;
    edits.push({ kind: 'set', name: 'x-forwarded-for', value });
  }
  edits.push({ kind: 'set', name: 'x-request-id', value: uuid(inputs.bytes(16)) });
  return edits;
};

function isEdgeHeader(name: string): boolean {
  return (
    isIdentityHeader(name) ||
    name.startsWith('x-envoy-') ||
    name.startsWith('cf-') ||
    name === 'forwarded' ||
    name === 'true-client-ip' ||
    name === 'x-real-ip'
  );
}
