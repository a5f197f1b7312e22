import { request as httpsRequest } from 'node:https';
import type { HeaderList } from '../../src/http/header-list.ts';
import { contentDigestOf } from '../../src/identity/signature/content-digest.ts';
import { ProfileField } from '../../src/identity/signature/profile.ts';
import type { ProofKey } from '../../src/identity/signature/proof-key.ts';
import { signRequest } from '../../src/identity/signature/sign-request.ts';

/** A request to an edge port. */
export interface EdgeRequest {
  readonly port: number;
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers: HeaderList;
}

/** What a signed request is for. */
export interface EdgeTarget {
  readonly port: number;
  /** SPIFFE ID. */
  readonly destination: string;
  /** As mesh TLS would name it. */
  readonly serverName: string;
  /** What clients asked for. */
  readonly authority?: string;
}

/** Signs a request for `localhost` as a gateway Worker would. */
export async function signedEdgeRequest(
  key: ProofKey,
  { port, destination, serverName, authority = 'shop.example' }: EdgeTarget,
  { method = 'GET', path, query = '', body, headers }: Omit<EdgeRequest, 'port'>,
): Promise<EdgeRequest> {
  const signed = headers.copy();
  signed.append(ProfileField.source, key.source);
  signed.append(ProfileField.destination, destination);
  signed.append(ProfileField.certificates, key.chainText);
  signed.append(ProfileField.authority, authority);
  signed.append(ProfileField.serverName, serverName);
  if (body !== undefined && !signed.has(ProfileField.digest))
    signed.append('content-digest', await contentDigestOf(new TextEncoder().encode(body)));
  const message = { method, authority: `localhost:${port}`, path, query, headers: signed };
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  const { input, signature } = await signRequest(message, { key, now: Date.now(), nonce });
  signed.append('signature-input', input);
  signed.append('signature', signature);
  return { port, method, path, query, headers: signed, ...(body !== undefined && { body }) };
}

/** Sends it over HTTPS; `roots` are PEM. Gives status and body; rejects where no whole answer arrives. */
export function sendToEdge(
  { port, method = 'GET', path, query = '', body, headers }: EdgeRequest,
  roots: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const lines = [...headers].flat();
  const host = headers.has('host') ? [] : ['host', `localhost:${port}`];
  const length = body === undefined ? [] : ['content-length', String(new TextEncoder().encode(body).length)];
  return new Promise((resolve, reject) => {
    const options = {
      ...{ host: '127.0.0.1', servername: 'localhost', port, method, path: path + query, ca: roots },
      ...{ agent: false, headers: [...host, ...length, ...lines] },
    };
    const sent = httpsRequest(options, (answer) => {
      const chunks: Uint8Array[] = [];
      answer.on('data', (chunk: Uint8Array) => void chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: String(Buffer.concat(chunks)) }),
      );
      answer.on('error', reject);
    });
    sent.setTimeout(15_000, () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(body);
  });
}
