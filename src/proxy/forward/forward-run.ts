import type { CanonicalRequest } from '../../http/message.ts';
import type { Cancellation } from '../../runtime/ports.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { RetryPolicy } from '../../snapshot/route.ts';
import { applyEdits, applyResponseEdits } from '../decide/apply-edits.ts';
import type { Forward } from '../decide/decision.ts';
import type { Exchange } from '../exchange.ts';
import { PEER_HEADER, type PeerMetadata } from '../peer-metadata.ts';
import { answerFigures } from './answer-figures.ts';
import {
  attemptFailure,
  type Expired,
  type Failed,
  failureStatus,
  NO_SIDECAR,
  requiresMesh,
} from './attempt-failure.ts';
import { balance } from './balance.ts';
import type { Circuit } from './circuit.ts';
import { CircuitUse, holdingOf } from './circuit-use.ts';
import { Deadline } from './deadline.ts';
import type { Candidate } from './endpoint-table.ts';
import type { ForwardDeps, Forwarded } from './forward-deps.ts';
import { DEADLINE_EXCEEDED, grpcLocalReply, requestTimeout } from './grpc-local-reply.ts';
import { responseStatus } from './grpc-retry.ts';
import { healthyPool } from './healthy-pool.ts';
import { LOCAL_REPLIES, type LocalReply, localResponse } from './local-reply.ts';
import { mirror } from './mirror.ts';
import type { OutlierDetector } from './outlier-detector.ts';
import { RequestBody } from './request-body.ts';
import { responseFlags } from './response-flags.ts';
import { backoff, retriesResponse } from './retry.ts';
import { type ProxyResponse, TransportError } from './transport.ts';

/** One request on its way to its upstream: started once, or answered at once. */
export class ForwardRun<Body> {
  readonly #decision: Forward;
  readonly #request: CanonicalRequest;
  readonly #edited: CanonicalRequest;
  readonly #exchange: Exchange<Body>;
  readonly #deps: ForwardDeps<Body>;
  readonly #draw: () => number;
  readonly #begunAt: number;
  readonly #deadline: Deadline | undefined;
  /** The deadline is the client's own (`grpc-timeout`). */
  readonly #ofClient: boolean;
  readonly #signal: Cancellation | undefined;
  #tried: Candidate[] = [];
  #attempts = 0;
  #candidate: Candidate | undefined;
  #failure = '';
  #abandoned = false;
  #mesh = false;
  #server: PeerMetadata | undefined;
  readonly #body: RequestBody<Body> | undefined;
  #circuit: CircuitUse | undefined;
  #outlier: OutlierDetector | undefined;
  /** The deadline of the attempt under way. */
  #perTry: Deadline | undefined;

  constructor(
    decision: Forward,
    request: CanonicalRequest,
    exchange: Exchange<Body>,
    deps: ForwardDeps<Body>,
    begunAt: number,
  ) {
    this.#decision = decision;
    this.#request = request;
    this.#edited = applyEdits(request, decision.requestEdits);
    this.#exchange = exchange;
    this.#deps = deps;
    this.#draw = () => deps.random.unit();
    this.#begunAt = begunAt;
    const timeout = requestTimeout(decision.timeoutMs, request.headers);
    this.#ofClient = timeout.ofClient;
    this.#deadline = timeout.ms > 0 ? new Deadline(deps.clock, timeout.ms, exchange.signal) : undefined;
    this.#signal = this.#deadline?.signal ?? exchange.signal;
    const mirrored = decision.mirrors !== undefined && deps.clusters.has(decision.cluster);
    const body = mirrored ? mirror(decision, this.#edited, exchange, deps, this.#onDropped) : exchange.body;
    const kept = decision.retry !== undefined;
    this.#body = body === undefined ? undefined : new RequestBody(body, deps.bodies, kept);
  }

  async start(): Promise<Forwarded<Body>> {
    const { clusters, endpoints } = this.#deps;
    const cluster = clusters.get(this.#decision.cluster);
    if (cluster === undefined) return this.reply(LOCAL_REPLIES.noCluster, '');
    const policy = this.#decision.retry;
    try {
      for (let retries = 0; ; retries++) {
        const all = endpoints.resolve(cluster, this.#edited.authority, this.#exchange.connection.original);
        const refused = all.circuit === undefined ? undefined : await this.#enter(all.circuit, cluster);
        if (refused !== undefined) return this.reply(refused, '');
        const pool = all.outlier === undefined ? all : healthyPool(all, this.#deps.clock.monotonic());
        this.#outlier = all.outlier;
        const candidate = balance(cluster.balancer, pool, this.#tried, this.#draw);
        if (candidate === undefined) return this.reply(LOCAL_REPLIES.noHealthyUpstream, '');
        let result: ProxyResponse<Body> | Failed;
        try {
          result = this.#answered(await this.#send(cluster, candidate), cluster, candidate);
        } catch (error) {
          result = this.#failed(error, candidate);
        }
        const again = policy !== undefined && this.#wantsRetry(policy, result);
        if (policy === undefined || !again) return this.#settle(result, candidate, '');
        if (retries >= policy.attempts) return this.#settle(result, candidate, 'URX');
        if (this.#circuit?.beginRetry() === false) return this.#settle(result, candidate, 'UO');
        this.#discard(result, candidate, policy);
        const interrupted = await this.#pause(policy, retries + 1);
        if (interrupted !== undefined) return this.reply(interrupted, '');
      }
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Lets go of the clock and of what was kept for a retry. */
  release(): void {
    this.#deadline?.cancel();
    this.#body?.release();
    this.#circuit?.leave();
    this.#circuit?.endRetry();
  }

  /** Answers by itself; `more` is a second flag, or empty. */
  reply(reply: LocalReply, more: string): Forwarded<Body> {
    const deadline = this.#ofClient && reply === LOCAL_REPLIES.timeout;
    const plain = localResponse(reply.status, reply.body, reply.headers);
    const response = grpcLocalReply(plain, this.#request.headers, deadline ? DEADLINE_EXCEEDED : undefined);
    const flags = this.#flags(reply.flag, more);
    this.#finish(response, flags, reply.details, true);
    return { ...response, flags };
  }

  #flags(flag: string, more: string): string {
    return responseFlags(flag, more, this.#decision.delayMs !== undefined);
  }

  /** Asks for a place in the circuit of the cluster; says what to answer when there is none. */
  async #enter(circuit: Circuit, cluster: Cluster): Promise<LocalReply | undefined> {
    const tells = this.#deps.bodies.watch !== undefined;
    this.#circuit ??= new CircuitUse(circuit, holdingOf(cluster, this.#exchange.connection, tells));
    const admission = await this.#circuit.enter(this.#signal);
    if (admission === 'overflow') return LOCAL_REPLIES.overflow;
    return admission === 'gone' ? (this.#interruption() ?? LOCAL_REPLIES.clientGone) : undefined;
  }

  readonly #onDropped = (): void => {
    this.#abandoned = true;
  };

  /** Begins an attempt; throws what makes it impossible. */
  #send(cluster: Cluster, candidate: Candidate): Promise<ProxyResponse<Body>> {
    const { clock, transport, metadata } = this.#deps;
    const { address, port } = candidate;
    const mesh = candidate.mesh && cluster.tls.mode === 'mesh';
    candidate.load.active++;
    this.#attempts++;
    this.#candidate = candidate;
    this.#server = undefined;
    this.#mesh = mesh;
    const perTryMs = this.#decision.retry?.perTryTimeoutMs ?? 0;
    this.#perTry = perTryMs > 0 ? new Deadline(clock, perTryMs, this.#signal) : undefined;
    const body = this.#body?.next();
    if (!mesh && requiresMesh(cluster)) throw NO_SIDECAR;
    const request = metadata?.toServer(this.#edited, mesh) ?? this.#edited;
    const http2 = cluster.protocol === 'http2' || (mesh && this.#exchange.connection.http2 === true);
    const attempt = { request, body, cluster, address, port, mesh, http2, client: this.#exchange };
    return transport.send(attempt, this.#perTry?.signal ?? this.#signal);
  }

  #answered(response: ProxyResponse<Body>, cluster: Cluster, { load }: Candidate): ProxyResponse<Body> {
    this.#readPeer(response, this.#mesh ? cluster : undefined);
    this.#circuit?.endRetry();
    this.#outlier?.responded(load, responseStatus(response), this.#deps.clock.monotonic());
    this.#perTry?.headArrived(response.body === undefined);
    return response;
  }

  /** Takes the server's metadata out of the response; believed only from a mesh peer. */
  #readPeer({ headers }: ProxyResponse<Body>, mesh: Cluster | undefined): void {
    if (!headers.has(PEER_HEADER)) return;
    this.#server = mesh && this.#deps.metadata?.ofServer(headers, mesh);
    headers.delete(PEER_HEADER);
  }

  #failed(error: unknown, candidate: Candidate): Failed {
    const perTryExpired = this.#perTry?.expired === true;
    this.#leave(candidate);
    this.#circuit?.endRetry();
    this.#body?.drop();
    if (!(error instanceof TransportError)) throw error;
    this.#failure = error.message;
    const expired: Expired = this.#deadline?.expired ? 'request' : perTryExpired ? 'try' : undefined;
    const status = failureStatus(error, expired);
    if (status !== undefined) this.#outlier?.failed(candidate.load, status, this.#deps.clock.monotonic());
    return attemptFailure(error, expired, this.#decision.retry, this.#request.method);
  }

  /** The attempt is over. */
  #leave({ load }: Candidate): void {
    load.active--;
    this.#circuit?.leave();
    this.#perTry?.cancel();
  }

  #wantsRetry(policy: RetryPolicy, result: ProxyResponse<Body> | Failed): boolean {
    const wanted = 'reply' in result ? result.retry : retriesResponse(policy, result);
    if (!wanted || this.#body === undefined || this.#body.replayable) return wanted;
    this.#abandoned = true;
    return false;
  }

  #settle(result: ProxyResponse<Body> | Failed, candidate: Candidate, more: string): Forwarded<Body> {
    if ('reply' in result) return this.reply(result.reply, more);
    this.#body?.release();
    if (result.status === 101) this.#deadline?.disarm(); // As in Envoy: a tunnel outlasts it.
    const flags = this.#flags('-', more);
    const { body, status } = result;
    const watch = this.#deps.bodies.watch;
    if (body === undefined || typeof body === 'string' || watch === undefined) {
      this.#end(candidate, result, flags, true);
    } else {
      this.#deps.bodies.watch?.(body, (complete) => this.#end(candidate, result, flags, complete));
    }
    const headers = applyResponseEdits(result.headers, this.#decision.responseEdits);
    return { status, reason: result.reason, headers, body, flags };
  }

  #end(candidate: Candidate, answer: ProxyResponse<Body>, flags: string, complete: boolean): void {
    this.#leave(candidate);
    if (!complete) this.#broke(candidate);
    this.#finish(answer, complete ? flags : this.#brokenFlags(), 'via_upstream', complete);
  }

  /** Also after the head a connection that the upstream breaks counts against it. */
  #broke({ load }: Candidate): void {
    if (!this.#signal?.aborted) this.#outlier?.failed(load, 503, this.#deps.clock.monotonic());
  }

  #brokenFlags(): string {
    return this.#deadline?.expired ? 'UT' : this.#exchange.signal?.aborted ? 'DC' : 'UC';
  }

  #discard(result: ProxyResponse<Body> | Failed, candidate: Candidate, policy: RetryPolicy): void {
    if (policy.repeatEndpoints !== true) this.#tried.push(candidate);
    if ('reply' in result) return;
    this.#leave(candidate);
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
    return this.#interruption();
  }

  #interruption(): LocalReply | undefined {
    if (this.#deadline?.expired) return LOCAL_REPLIES.timeout;
    return this.#signal?.aborted ? LOCAL_REPLIES.clientGone : undefined;
  }

  #finish(answer: ProxyResponse<Body>, flags: string, details: string, complete: boolean): void {
    this.release();
    const { onOutcome, clock, metadata } = this.#deps;
    if (onOutcome === undefined) return;
    const { connection } = this.#exchange;
    const inbound = connection.direction === 'inbound';
    const durationMs = clock.monotonic() - this.#begunAt;
    const outcome = {
      status: answer.status,
      flags,
      details,
      route: this.#decision.route,
      cluster: this.#decision.cluster,
      endpoint: this.#candidate === undefined ? '' : `${this.#candidate.address}:${this.#candidate.port}`,
      attempts: this.#attempts,
      failure: this.#failure,
      startedAt: clock.now() - durationMs,
      durationMs,
      complete,
      retryAbandoned: this.#abandoned,
      registered: this.#candidate?.metadata,
      forwarded: this.#edited,
      mesh: this.#mesh,
      ...answerFigures(this.#deps.bodies, this.#exchange, answer),
      peer: inbound ? metadata?.ofClient(this.#request.headers, connection) : this.#server,
    };
    onOutcome(outcome, this.#request, connection);
  }
}
