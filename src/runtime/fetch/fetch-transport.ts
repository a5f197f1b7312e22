import { HeaderList } from '../../http/header-list.ts';
import { stripHopByHop } from '../../http/hop-by-hop.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import {
  type Attempt,
  type ProxyResponse,
  type Transport,
  TransportError,
} from '../../proxy/forward/transport.ts';
import type { Cancellation } from '../ports.ts';
import type { FetchBody } from './fetch-exchange.ts';
import { type Sendable, type SigningParts, signedFetch, signingBudget } from './signed-fetch.ts';

/**
 * Sends by `fetch`, which can neither present an SVID nor set Host: to mesh endpoints signed requests over HTTPS, to
 * others plaintext, whose servers see the endpoint's address as their authority. Never follows a redirect.
 */
export class FetchTransport implements Transport<FetchBody> {
  readonly #fetch: typeof fetch;
  readonly #signing: SigningParts | undefined;
  readonly #budget = signingBudget();

  /** Without `signing` nothing of the mesh is reached but in plaintext. */
  constructor(fetcher: typeof fetch, signing?: SigningParts) {
    this.#fetch = fetcher;
    this.#signing = signing;
  }

  async send(
    attempt: Attempt<FetchBody>,
    signal: Cancellation | undefined,
  ): Promise<ProxyResponse<FetchBody>> {
    const { request, body, cluster } = attempt;
    if (cluster.tls.mode === 'mesh' && cluster.tls.required && !attempt.mesh) {
      throw new TransportError('tls-failure', false, 'this platform cannot speak ISTIO_MUTUAL');
    }
    if (cluster.tls.mode === 'server' && !fetchVerifies(cluster.tls, attempt.address)) {
      throw new TransportError(
        'tls-failure',
        false,
        'this platform verifies servers by its own authorities only',
      );
    }
    const url = endpointUrl(attempt);
    if (body && (request.method === 'GET' || request.method === 'HEAD')) {
      throw new TransportError('protocol', false, `this platform sends no body with ${request.method}`);
    }
    const plain = { headers: stripHopByHop(request.headers), body };
    const sent = attempt.mesh ? await this.#signed(attempt, plain.headers, url.host, signal) : plain;
    const init: StreamingInit = { method: request.method, headers: fields(sent.headers), redirect: 'manual' };
    if (signal) init.signal = abortSignalOf(signal);
    if (sent.body) {
      init.body = sent.body;
      init.duplex = 'half';
    }
    const fetcher = this.#fetch;
    const response = await fetcher(url.href, init).catch((cause: unknown) => {
      throw failure(cause, signal);
    });
    const headers = stripHopByHop(HeaderList.from(response.headers));
    const stream = (response.body as FetchBody | null) ?? undefined;
    return { status: response.status, reason: response.statusText, headers, body: stream };
  }

  /** Fails closed: what may not be sent in plaintext is not sent without a signature either. */
  async #signed(
    attempt: Attempt<FetchBody>,
    headers: HeaderList,
    authority: string,
    signal: Cancellation | undefined,
  ): Promise<Sendable> {
    const parts = this.#signing;
    const key = parts?.key();
    if (parts === undefined || key === undefined)
      throw new TransportError('tls-failure', false, 'there is no certified key to sign requests with');
    return signedFetch(attempt, headers, authority, { key, parts, budget: this.#budget, signal });
  }
}

/** Fetch takes a stream as the body of a request only together with `duplex`. */
type StreamingInit = RequestInit & { duplex?: 'half' };

/** Fetch holds a server to the name in the URL, and to the authorities that the platform trusts. */
function fetchVerifies(
  { serverName, names, roots }: Extract<Attempt<FetchBody>['cluster']['tls'], { mode: 'server' }>,
  address: string,
): boolean {
  return roots === '' && address === serverName && names.includes(address);
}

/** The URL to fetch, refused when fetch would rewrite the path that policy judged. */
function endpointUrl({ request, address, port, cluster, mesh }: Attempt<FetchBody>): URL {
  const host = address.includes(':') ? `[${address}]` : address;
  const scheme = mesh || cluster.tls.mode === 'server' ? 'https' : 'http';
  const url = URL.parse(`${scheme}://${host}:${port}${request.path}${request.query}`);
  if (url === null || !sameTarget(url, request)) {
    throw new TransportError('protocol', false, 'this platform cannot send the path as it was judged');
  }
  return url;
}

function sameTarget(url: URL, request: CanonicalRequest): boolean {
  return url.pathname === request.path && url.search === (request.query === '?' ? '' : request.query);
}

function fields(headers: HeaderList): Headers {
  const result = new Headers();
  for (const [name, value] of headers) result.append(name, value);
  return result;
}

/** What `fetch` understands. */
function abortSignalOf(cancellation: Cancellation): AbortSignal {
  if (cancellation instanceof AbortSignal) return cancellation;
  const controller = new AbortController();
  const abort = (): void => controller.abort(cancellation.reason);
  if (cancellation.aborted) abort();
  else cancellation.addEventListener('abort', abort, { once: true });
  return controller.signal;
}

/** Fetch does not tell a refused connection from a lost one, so a rejection may have been sent. */
function failure(cause: unknown, signal: Cancellation | undefined): TransportError {
  if (signal?.aborted) return new TransportError('aborted', true, 'abandoned', { cause });
  const message = cause instanceof Error ? cause.message : String(cause);
  return new TransportError('connect-failure', true, message, { cause });
}
