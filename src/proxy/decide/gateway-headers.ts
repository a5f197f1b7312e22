import type { CanonicalRequest } from '../../http/message.ts';
import type { CanonicalEdits } from './canonicalise.ts';
import type { Context } from './chain.ts';
import type { Direction } from './connection.ts';
import type { Edit } from './decision.ts';
import type { Accepted } from './evidence.ts';
import { edgeCertEdit } from './forwarded-client-cert.ts';
import { isProxyHeader, removals, withHyphens } from './identity-headers.ts';
import { uuid } from './uuid.ts';

/**
 * What the edge says about the client instead of the client itself: no header of a proxy or of a platform
 * survives; `x-forwarded-proto`, the last `x-forwarded-for` and `x-request-id` are the gateway's own, and so is
 * what it tells of a client's certificate (`x-forwarded-client-cert`). Where `trustedProxies` stand before it, the
 * scheme that they tell is believed.
 */
export function gatewayEdits(trustedProxies: number): CanonicalEdits {
  return (evidence, context) => edgeEdits(evidence, context, trustedProxies > 0);
}

function edgeEdits(
  { request, connection }: Accepted<Direction>,
  { inputs }: Context,
  behindProxies: boolean,
): readonly Edit[] {
  const edits: Edit[] = [...removals(request.headers, isEdgeHeader)];
  const scheme = (behindProxies && toldScheme(request)) || request.scheme;
  edits.push({ kind: 'set', name: 'x-forwarded-proto', value: scheme });
  const clientCert = edgeCertEdit(connection.certificate);
  if (clientCert !== undefined) edits.push(clientCert);
  if (connection.remoteAddress !== '') {
    const before = request.headers.get('x-forwarded-for');
    const value = before ? `${before},${connection.remoteAddress}` : connection.remoteAddress;
    edits.push({ kind: 'set', name: 'x-forwarded-for', value });
  }
  edits.push({ kind: 'set', name: 'x-request-id', value: uuid(inputs.bytes(16)) });
  return edits;
}

function toldScheme({ headers }: CanonicalRequest): string | undefined {
  const told = headers.get('x-forwarded-proto');
  return told === 'http' || told === 'https' ? told : undefined;
}

function isEdgeHeader(written: string): boolean {
  if (!BEGINNINGS.has(written.charCodeAt(0))) return false;
  const name = withHyphens(written);
  return (
    isProxyHeader(name) ||
    name.startsWith('cf-') ||
    name === 'forwarded' ||
    name === 'true-client-ip' ||
    name === 'x-real-ip' ||
    // The gateway's own stand in place of these, but not of their other spellings.
    (name !== written && OWN.has(name))
  );
}

/** How they all begin: most headers need no further look. */
const BEGINNINGS: ReadonlySet<number> = new Set(Array.from('cftx', (letter) => letter.charCodeAt(0)));

const OWN: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-request-id']);
