import type { CanonicalRequest } from '../../http/message.ts';
import type { Clock, Random } from '../../runtime/ports.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { RetryPolicy } from '../../snapshot/route.ts';
import { applyEdits, applyResponseEdits } from '../decide/apply-edits.ts';
import type { Forward } from '../decide/decision.ts';
import type { Exchange } from '../exchange.ts';
import type { MetadataExchange } from '../metadata-exchange.ts';
import { PEER_HEADER, type PeerMetadata } from '../peer-metadata.ts';
import { balance } from './balance.ts';
import type { BodyPort, Recording } from './body-port.ts';
import { Deadline } from './deadline.ts';
import type { Candidate, EndpointTable } from './endpoint-table.ts';
import { failureReply } from './failure-reply.ts';
import { grpcLocalReply, requestTimeout } from './grpc-local-reply.ts';
import { LOCAL_REPLIES, type LocalReply, localResponse } from './local-reply.ts';
import type { OnOutcome } from './outcome.ts';
import { backoff, retriesFailure, retriesPerTryTimeout, retriesResponse } from './retry.ts';
import { type ProxyResponse, type Transport, TransportError } from './transport.ts';

/** What `forward` works with; `clusters` are those of the snapshot that decided. */
export interface ForwardDeps<Body> {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly endpoints: EndpointTable;
  readonly transport: Transport<Body>;
  readonly bodies: BodyPort<Body>;
  readonly clock: Clock;
  readonly random: Random;
  /** What mesh peers tell each other; without it nothing is told and nothing believed. */
  readonly metadata?: MetadataExchange | undefined;
  readonly onOutcome?: OnOutcome;
}

/** A response with Envoy's response flags. */
export interface Forwarded<Body> extends ProxyResponse<Body> {
  readonly flags: string;
}

/** An attempt without a response: what to answer, and whether the policy would try again. */
interface Failed {
  readonly reply: LocalReply;
  readonly retry: boolean;
}

/** Carries a Forward out: edits → retry → balance → send. Never rejects for what an upstream does. */
export function forward<Body>(
  decision: Forward,
  request: CanonicalRequest,
  exchange: Exchange<Body>,
  deps: ForwardDeps<Body>,
): Promise<Forwarded<Body>> {
  return new Run(decision, request, exchange, deps).start();
}

class Run<Body> {
  readonly #decision: Forward;
  readonly #request: CanonicalRequest;
  readonly #edited: CanonicalRequest;
  readonly #exchange: Exchange<Body>;
  readonly #deps: ForwardDeps<Body>;
  readonly #draw: () => number;
  readonly #startedAt: number;
  readonly #deadline: Deadline | undefined;
  /** The deadline is the client's own (`grpc-timeout`). */
  readonly #ofClient: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #recording: Recording<Body> | undefined;
  #tried: Candidate[] = [];
  #attempts = 0;
  #candidate: Candidate | undefined;
  #failure = '';
  #abandoned = false;
  #server: PeerMetadata | undefined;

  constructor(
    decision: Forward,
    request: CanonicalRequest,
    exchange: Exchange<Body>,
    deps: ForwardDeps<Body>,
  ) {
    this.#decision = decision;
    this.#request = request;
    this.#edited = applyEdits(request, decision.requestEdits);
    this.#exchange = exchange;
    this.#deps = deps;
    this.#draw = () => deps.random.unit();
    this.#startedAt = deps.clock.now();
    const timeout = requestTimeout(decision.timeoutMs, request.headers);
    this.#ofClient = timeout.ofClient;
    this.#deadline = timeout.ms > 0 ? new Deadline(deps.clock, timeout.ms, exchange.signal) : undefined;
    this.#signal = this.#deadline?.signal ?? exchange.signal;
    const body = decision.retry === undefined ? undefined : exchange.body;
    this.#recording = body === undefined ? undefined : deps.bodies.record?.(body, REPLAY_LIMIT);
  }

  async start(): Promise<Forwarded<Body>> {
    const cluster = this.#deps.clusters.get(this.#decision.cluster);
    if (cluster === undefined) return this.reply(LOCAL_REPLIES.noCluster, false);
    const policy = this.#decision.retry;
    try {
      for (let retries = 0; ; retries++) {
        const pool = this.#deps.endpoints.resolve(cluster, this.#edited.authority);
        const candidate = balance(cluster.balancer, pool, this.#tried, this.#draw);
        if (candidate === undefined) return this.reply(LOCAL_REPLIES.noHealthyUpstream, false);
        const result = await this.#attempt(cluster, candidate);
        const again = policy !== undefined && this.#wantsRetry(policy, result);
        if (!again || retries >= policy.attempts) return this.#settle(result, candidate, again);
        this.#discard(result, candidate);
        const interrupted = await this.#pause(policy, retries + 1);
        if (interrupted !== undefined) return this.reply(interrupted, false);
      }
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Lets go of the clock and of what was kept for a retry. */
  release(): void {
    this.#deadline?.cancel();
    this.#recording?.release();
  }

  reply(reply: LocalReply, exhausted: boolean): Forwarded<Body> {
    const deadline = this.#ofClient && reply === LOCAL_REPLIES.timeout;
    const response = grpcLocalReply(localResponse(reply.status, reply.body), this.#request.headers, deadline);
    const flags = exhausted ? `${reply.flag},URX` : reply.flag;
    this.#finish(reply.status, flags, reply.details, true);
    return { ...response, flags };
  }

  async #attempt(cluster: Cluster, candidate: Candidate): Promise<ProxyResponse<Body> | Failed> {
    const { clock, transport } = this.#deps;
    const { address, port, load } = candidate;
    const perTryMs = this.#decision.retry?.perTryTimeoutMs ?? 0;
    const perTry = perTryMs > 0 ? new Deadline(clock, perTryMs, this.#signal) : undefined;
    const mesh = candidate.mesh && cluster.tls.mode === 'mesh';
    const body = this.#recording?.replay() ?? this.#exchange.body;
    this.#attempts++;
    this.#candidate = candidate;
    this.#server = undefined;
    load.active++;
    try {
      if (!mesh && requiresMesh(cluster)) throw NO_SIDECAR;
      const request = this.#deps.metadata?.toServer(this.#edited, mesh) ?? this.#edited;
      const http2 = cluster.protocol === 'http2' || (mesh && this.#exchange.connection.http2 === true);
      const attempt = { request, body, cluster, address, port, mesh, http2, client: this.#exchange };
      const response = await transport.send(attempt, perTry?.signal ?? this.#signal);
      this.#readPeer(response, mesh ? cluster : undefined);
      this.#keepAbortable(perTry, response);
      return response;
    } catch (error) {
      load.active--;
      perTry?.cancel();
      if (this.#recording !== undefined && body !== undefined) this.#deps.bodies.cancel(body);
      return this.#failed(error, perTry?.expired === true);
    }
  }

  /** Takes the server's metadata out of the response; believed only from a mesh peer. */
  #readPeer({ headers }: ProxyResponse<Body>, mesh: Cluster | undefined): void {
    if (!headers.has(PEER_HEADER)) return;
    this.#server = mesh && this.#deps.metadata?.ofServer(headers, mesh);
    headers.delete(PEER_HEADER);
  }

  /** A per-try timeout ends with the head, but the client's going must still reach the body. */
  #keepAbortable(perTry: Deadline | undefined, response: ProxyResponse<Body>): void {
    if (perTry === undefined) return;
    perTry.disarm();
    if (response.body === undefined) perTry.cancel();
  }

  #failed(error: unknown, perTryExpired: boolean): Failed {
    if (!(error instanceof TransportError)) throw error;
    this.#failure = error.message;
    const policy = this.#decision.retry;
    const { method } = this.#request;
    if (this.#deadline?.expired) return { reply: LOCAL_REPLIES.timeout, retry: false };
    if (perTryExpired) {
      return {
        reply: LOCAL_REPLIES.perTryTimeout,
        retry: policy !== undefined && retriesPerTryTimeout(policy),
      };
    }
    return {
      reply: failureReply(error),
      retry: policy !== undefined && retriesFailure(policy, error, method),
    };
  }

  #wantsRetry(policy: RetryPolicy, result: ProxyResponse<Body> | Failed): boolean {
    const wanted = 'reply' in result ? result.retry : retriesResponse(policy, result);
    this.#abandoned = wanted && !this.#replayable();
    return wanted && !this.#abandoned;
  }

  #replayable(): boolean {
    const { body } = this.#exchange;
    if (this.#recording !== undefined) return this.#recording.whole;
    return body === undefined || this.#deps.bodies.untouched?.(body) === true;
  }

  #settle(result: ProxyResponse<Body> | Failed, candidate: Candidate, exhausted: boolean): Forwarded<Body> {
    if ('reply' in result) return this.reply(result.reply, exhausted);
    this.#recording?.release();
    if (result.status === 101) this.#deadline?.disarm(); // As in Envoy: a tunnel outlasts it.
    const flags = exhausted ? 'URX' : '-';
    const { body, status } = result;
    const watch = this.#deps.bodies.watch;
    if (body === undefined || typeof body === 'string' || watch === undefined) {
      this.#end(candidate, status, flags, true);
    } else {
      this.#deps.bodies.watch?.(body, (complete) => this.#end(candidate, status, flags, complete));
    }
    const headers = applyResponseEdits(result.headers, this.#decision.responseEdits);
    return { status, reason: result.reason, headers, body, flags };
  }

  #end(candidate: Candidate, status: number, flags: string, complete: boolean): void {
    candidate.load.active--;
    this.#finish(status, complete ? flags : this.#brokenFlags(), 'via_upstream', complete);
  }

  #brokenFlags(): string {
    if (this.#deadline?.expired) return 'UT';
    return this.#exchange.signal?.aborted ? 'DC' : 'UC';
  }

  #discard(result: ProxyResponse<Body> | Failed, candidate: Candidate): void {
    this.#tried.push(candidate);
    if ('reply' in result) return;
    candidate.load.active--;
    if (result.body !== undefined && typeof result.body !== 'string') this.#deps.bodies.cancel(result.body);
  }

  /** Waits before a retry; says what to answer when the time or the client is gone meanwhile. */
  async #pause(policy: RetryPolicy, retry: number): Promise<LocalReply | undefined> {
    const { clock, random } = this.#deps;
    try {
      const ms = backoff(policy, retry, random.unit());
      if (ms > 0) await clock.sleep(ms, this.#signal);
    } catch {
      // The signal says why below.
    }
    if (this.#deadline?.expired) return LOCAL_REPLIES.timeout;
    return this.#signal?.aborted ? LOCAL_REPLIES.clientGone : undefined;
  }

  #finish(status: number, flags: string, details: string, complete: boolean): void {
    this.release();
    const { onOutcome, clock } = this.#deps;
    if (onOutcome === undefined) return;
    const endpoint =
      this.#candidate === undefined ? '' : `${this.#candidate.address}:${this.#candidate.port}`;
    const { route, cluster } = this.#decision;
    const startedAt = this.#startedAt;
    const durationMs = clock.now() - startedAt;
    const attempts = this.#attempts;
    const failure = this.#failure;
    const retryAbandoned = this.#abandoned;
    const { connection } = this.#exchange;
    const inbound = connection.direction === 'inbound';
    const peer = inbound ? this.#deps.metadata?.ofClient(this.#request.headers, connection) : this.#server;
    onOutcome(
      {
        status,
        flags,
        details,
        route,
        cluster,
        endpoint,
        attempts,
        failure,
        startedAt,
        durationMs,
        complete,
        retryAbandoned,
        peer,
      },
      this.#request,
      connection,
    );
  }
}

/** A request body that is longer is sent once. */
const REPLAY_LIMIT = 64 * 1024;

const NO_SIDECAR = new TransportError('tls-failure', false, 'ISTIO_MUTUAL, and the endpoint has no sidecar');

function requiresMesh({ tls }: Cluster): boolean {
  return tls.mode === 'mesh' && tls.required;
}
