import type { CanonicalRequest } from '../../http/message.ts';
import type { Clock, Random } from '../../runtime/ports.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { RetryPolicy } from '../../snapshot/route.ts';
import { applyEdits, applyResponseEdits } from '../decide/apply-edits.ts';
import type { Forward } from '../decide/decision.ts';
import type { Exchange } from '../exchange.ts';
import { balance } from './balance.ts';
import type { BodyPort } from './body-port.ts';
import { Deadline } from './deadline.ts';
import type { Candidate, EndpointTable } from './endpoint-table.ts';
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
export async function forward<Body>(
  decision: Forward,
  request: CanonicalRequest,
  exchange: Exchange<Body>,
  deps: ForwardDeps<Body>,
): Promise<Forwarded<Body>> {
  const run = new Run(decision, request, exchange, deps);
  const cluster = deps.clusters.get(decision.cluster);
  if (cluster === undefined) return run.reply(LOCAL_REPLIES.noCluster, false);
  try {
    return await run.execute(cluster);
  } catch (error) {
    run.release();
    throw error;
  }
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
  readonly #signal: AbortSignal | undefined;
  #tried: Candidate[] = [];
  #attempts = 0;
  #candidate: Candidate | undefined;
  #failure = '';

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
    const { timeoutMs } = decision;
    this.#deadline = timeoutMs > 0 ? new Deadline(deps.clock, timeoutMs, exchange.signal) : undefined;
    this.#signal = this.#deadline?.signal ?? exchange.signal;
  }

  async execute(cluster: Cluster): Promise<Forwarded<Body>> {
    const policy = this.#decision.retry;
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
  }

  /** Lets go of the clock. */
  release(): void {
    this.#deadline?.cancel();
  }

  reply(reply: LocalReply, exhausted: boolean): Forwarded<Body> {
    const response = localResponse(reply.status, reply.body);
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
    this.#attempts++;
    this.#candidate = candidate;
    load.active++;
    try {
      if (!mesh && requiresMesh(cluster)) throw NO_SIDECAR;
      const attempt = { request: this.#edited, body: this.#exchange.body, cluster, address, port, mesh };
      const response = await transport.send(attempt, perTry?.signal ?? this.#signal);
      this.#keepAbortable(perTry, response);
      return response;
    } catch (error) {
      load.active--;
      perTry?.cancel();
      return this.#failed(error, perTry?.expired === true);
    }
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
    return { reply: replyOf(error), retry: policy !== undefined && retriesFailure(policy, error, method) };
  }

  #wantsRetry(policy: RetryPolicy, result: ProxyResponse<Body> | Failed): boolean {
    if (!this.#replayable()) return false;
    return 'reply' in result ? result.retry : retriesResponse(policy, result);
  }

  #replayable(): boolean {
    const { body } = this.#exchange;
    return body === undefined || this.#deps.bodies.untouched?.(body) === true;
  }

  #settle(result: ProxyResponse<Body> | Failed, candidate: Candidate, exhausted: boolean): Forwarded<Body> {
    if ('reply' in result) return this.reply(result.reply, exhausted);
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
      },
      this.#request,
      this.#exchange.connection,
    );
  }
}

const NO_SIDECAR = new TransportError('tls-failure', false, 'ISTIO_MUTUAL, and the endpoint has no sidecar');

function requiresMesh({ tls }: Cluster): boolean {
  return tls.mode === 'mesh' && tls.required;
}

function replyOf(error: TransportError): LocalReply {
  switch (error.failure) {
    case 'connect-failure':
    case 'tls-failure':
      return LOCAL_REPLIES.connectFailure;
    case 'protocol':
      return LOCAL_REPLIES.protocolError;
    case 'aborted':
      return LOCAL_REPLIES.clientGone;
    default:
      return LOCAL_REPLIES.connectionTermination;
  }
}
