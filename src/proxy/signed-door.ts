import { canonicalRequest, isRefusal } from '../http/canonical-request.ts';
import type { CanonicalRequest } from '../http/message.ts';
import { IdentityError } from '../identity/identity-error.ts';
import { contentDigest, isEmptyDigest } from '../identity/signature/content-digest.ts';
import { ProfileField } from '../identity/signature/profile.ts';
import type { RequestVerifier, VerifiedRequest } from '../identity/signature/request-verifier.ts';
import type { Signer } from '../identity/signature/signer-table.ts';
import type { Clock, Log } from '../runtime/ports.ts';
import type { ActiveSnapshot } from './activate.ts';
import type { Connection, Peer } from './decide/connection.ts';
import type { Exchange, Handler } from './exchange.ts';
import { grpcLocalReply } from './forward/grpc-local-reply.ts';
import { localResponse } from './forward/local-reply.ts';
import type { OnOutcome } from './forward/outcome.ts';
import type { ProxyResponse } from './forward/transport.ts';
import { withoutSignature } from './spent-signature.ts';

/** What stands behind a door that signed requests alone may pass. */
export interface SignedDoorParts<Body> {
  readonly verifier: Pick<RequestVerifier, 'verify'>;
  /** Serves what was let in. */
  readonly handler: Handler<Body>;
  readonly active: () => ActiveSnapshot | undefined;
  /** The workload port of HTTP that a server name of the mesh stands for; undefined where peers do not come in. */
  readonly portOf: (serverName: string) => number | undefined;
  /** The body that breaks off before its end where its SHA-256 is another one. */
  readonly digested: (body: Body, digest: Uint8Array<ArrayBuffer>) => Body;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly log: Log;
  readonly onOutcome?: OnOutcome;
}

/**
 * Lets requests in that a workload has signed for this one (RFC 9421, profile `weft/1`), as if its mesh TLS had brought
 * them: with its identity, the port it meant, and the authority that was asked for. Answers any other with 401 or 403.
 */
export function behindSignature<Body>(parts: SignedDoorParts<Body>): Handler<Body> {
  const door = new SignedDoor(parts);
  return (exchange) => door.handle(exchange);
}

/** The connection on which a signer's requests seem to come. */
interface Passage {
  readonly signer: Signer;
  readonly connection: Connection;
}

class SignedDoor<Body> {
  readonly #parts: SignedDoorParts<Body>;
  readonly #peers = new WeakMap<Signer, Peer>();
  /** The last one of every connection: what is remembered by connection is remembered for it, too. */
  readonly #passages = new WeakMap<Connection, Passage>();

  constructor(parts: SignedDoorParts<Body>) {
    this.#parts = parts;
  }

  async handle(exchange: Exchange<Body>): Promise<ProxyResponse<Body>> {
    const { head, connection } = exchange;
    const normalization = this.#parts.active()?.snapshot.pathNormalization ?? 'BASE';
    const request = canonicalRequest(head, 'https', normalization);
    if (isRefusal(request)) return this.#answer(request.status, request.reason, undefined, exchange);
    let entered: Exchange<Body>;
    try {
      const verified = await this.#parts.verifier.verify(signedMessage(request), this.#parts.clock.now());
      if (verified.createdAt > this.#parts.clock.now()) await this.#moment(verified.createdAt);
      const port = this.#parts.portOf(verified.serverName);
      if (port === undefined) throw new IdentityError('signature_destination', 'no peer comes in there');
      entered = await this.#entered(request, verified, port, exchange);
    } catch (error) {
      if (error instanceof IdentityError) return this.#refuse(error, request, exchange);
      this.#parts.log.error('signature not verified', {
        error: String(error),
        address: connection.remoteAddress,
      });
      return this.#answer(500, 'signature_internal', request, exchange);
    }
    return this.#parts.handler(entered);
  }

  /** Waits for the moment at which a request says that it was signed. */
  async #moment(createdAt: number): Promise<void> {
    const { clock } = this.#parts;
    for (let left = createdAt - clock.now(); left > 0; left = createdAt - clock.now())
      await clock.sleep(left);
  }

  async #entered(
    request: CanonicalRequest,
    verified: VerifiedRequest,
    port: number,
    exchange: Exchange<Body>,
  ): Promise<Exchange<Body>> {
    const body = await this.#body(request, exchange.body);
    const headers = withoutSignature(request.headers);
    headers.append('host', verified.authority);
    const { signal, inform, background } = exchange;
    return {
      head: { method: request.method, target: request.path + request.query, headers },
      connection: this.#passage(verified, port, exchange.connection),
      body,
      signal,
      ...(inform && { inform: inform.bind(exchange) }),
      ...(background && { background }),
    };
  }

  /** The body as it was signed. One that is not signed says so in a field that is, for policies to see. */
  async #body({ headers }: CanonicalRequest, body: Body | undefined): Promise<Body | undefined> {
    const digest = contentDigest(headers);
    if (body === undefined) {
      if (digest !== undefined && !(await isEmptyDigest(digest)))
        throw new IdentityError('signature_body', 'the body is gone');
      return undefined;
    }
    if (headers.get(ProfileField.digest) === 'none') return body;
    if (digest === undefined) throw new IdentityError('signature_body', 'the body is not signed');
    return this.#parts.digested(body, digest);
  }

  #passage({ signer, serverName }: VerifiedRequest, port: number, connection: Connection): Connection {
    const known = this.#passages.get(connection);
    const same = known?.signer === signer && known.connection.serverName === serverName;
    if (same && known.connection.port === port) return known.connection;
    const peer = this.#peerOf(signer);
    const fresh: Connection = {
      ...connection,
      port,
      scheme: 'http',
      security: 'signed_request',
      peer,
      serverName,
    };
    this.#passages.set(connection, { signer, connection: fresh });
    return fresh;
  }

  #peerOf(signer: Signer): Peer {
    const known = this.#peers.get(signer);
    if (known !== undefined) return known;
    const { id, certificateHash, subject, notAfter } = signer;
    const peer = { id, certificateHash, subject, notAfter };
    this.#peers.set(signer, peer);
    return peer;
  }

  #refuse(
    { code, message }: IdentityError,
    request: CanonicalRequest,
    exchange: Exchange<Body>,
  ): ProxyResponse<Body> {
    const address = exchange.connection.remoteAddress;
    if (code !== 'signature_missing')
      this.#parts.log.warn('signed request refused', { code, message, address });
    return this.#answer(STATUS.get(code) ?? 401, code, request, exchange);
  }

  #answer(
    status: number,
    reason: string,
    request: CanonicalRequest | undefined,
    { head, connection }: Exchange<Body>,
  ): ProxyResponse<Body> {
    const plain = localResponse(status, `signed request refused: ${reason}`);
    const response = grpcLocalReply(plain, head.headers);
    const { onOutcome, clock } = this.#parts;
    const told = { status: response.status, details: `signature_refused{${reason}}`, startedAt: clock.now() };
    onOutcome?.({ ...NOTHING_SENT, ...told }, request, connection);
    return response;
  }
}

/** Those that are no 401: the request is well signed, but not for here; or it may be, and cannot be judged now. */
const STATUS: ReadonlyMap<string, number> = new Map([
  ['signature_destination', 403],
  ['signature_source', 403],
  ['signature_overload', 503],
  ['signature_unready', 503],
]);

const NOTHING_SENT = {
  flags: 'UAEX',
  route: '',
  cluster: '',
  endpoint: '',
  attempts: 0,
  failure: '',
  durationMs: 0,
  complete: true,
  retryAbandoned: false,
  peer: undefined,
} as const;

/** RFC 9421 §2.2.3: without the port that HTTPS implies. */
function signedMessage({ method, authority, path, query, headers }: CanonicalRequest) {
  const plain = authority.endsWith(':443') ? authority.slice(0, -4) : authority;
  return { method, authority: plain, path, query, headers };
}
