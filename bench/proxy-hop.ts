import { outboundName } from '../src/http/outbound-name.ts';
import type { MeshIdentity } from './mesh-identity.ts';
import { LARGE_BODY, LARGE_PATH, SMALL_BODY } from './process/body-length.ts';
import type { LoadTarget } from './process/load-connection.ts';
import { requestText } from './request-text.ts';
import { AUTHORITY, SERVICE, SERVICE_PORT } from './sidecar-snapshot.ts';

/** One way through a proxy that is measured. */
export interface Hop {
  /** The first part of the names of its rows. */
  readonly name: string;
  readonly metric: string;
  /** Plaintext in; mesh TLS in; or plaintext in and mesh TLS on to a second proxy. */
  readonly entry: 'plain' | 'mtls' | 'chain';
  /** With everything on that a mesh asks of a request; of HAProxy no more is asked than otherwise. */
  readonly whole?: boolean;
  readonly body: number;
  /** New connections instead of requests. */
  readonly handshakes: boolean;
  /** Requests, or connections, of one sample. */
  readonly count: number;
  /** Samples that only warm: engines compile in the background, and what that costs is not per request. */
  readonly warmups: number;
}

export const CONNECTIONS = 32;

const BASE = { body: SMALL_BODY, handshakes: false, count: 20_000, warmups: 4 } as const;

export const HOPS: readonly Hop[] = [
  { ...BASE, name: 'plain', entry: 'plain', metric: 'CPU per request, plaintext' },
  { ...BASE, name: 'plain-10k', entry: 'plain', metric: 'the same, body of 10 KB', body: LARGE_BODY },
  { ...BASE, name: 'mtls', entry: 'mtls', metric: 'CPU per request, mutual TLS in' },
  { ...BASE, name: 'mtls-10k', entry: 'mtls', metric: 'the same, body of 10 KB', body: LARGE_BODY },
  { ...BASE, name: 'chain', entry: 'chain', metric: 'CPU per request, two with mutual TLS between' },
  { ...BASE, name: 'policy/plain', entry: 'plain', whole: true, metric: 'CPU per request, all policy on' },
  { ...BASE, name: 'policy/mtls', entry: 'mtls', whole: true, metric: 'the same, mutual TLS in' },
  {
    ...BASE,
    name: 'handshake',
    entry: 'mtls',
    metric: 'CPU per new mutual-TLS connection',
    handshakes: true,
    count: 600,
  },
];

/** What the load is told of a hop. */
export function loadTarget(
  port: number,
  { entry, body }: Pick<Hop, 'entry' | 'body'>,
  { client, bundle }: MeshIdentity,
): LoadTarget {
  const path = body === LARGE_BODY ? `${LARGE_PATH}0?limit=10` : '/api/v1/reviews/0?limit=10';
  const request = requestText(AUTHORITY, path);
  if (entry !== 'mtls') return { port, request, body };
  const serverName = outboundName(SERVICE_PORT, '', SERVICE);
  const { chainPem: chain, keyPem: key } = client;
  return { port, request, body, tls: { serverName, chain, key, roots: bundle.rootsPem } };
}
