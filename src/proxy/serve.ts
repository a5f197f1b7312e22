import { canonicalRequest, isRefusal } from '../http/canonical-request.ts';
import { HeaderList } from '../http/header-list.ts';
import type { CanonicalRequest, Refusal } from '../http/message.ts';
import type { Log } from '../runtime/ports.ts';
import { type ActiveSnapshot, decide } from './activate.ts';
import type { Answers } from './decide/answers.ts';
import type { Connection } from './decide/connection.ts';
import type { Ask, AskCheck, Decision, Inputs, Reply } from './decide/decision.ts';
import { type Exchange, type Handler, withBody } from './exchange.ts';
import { answerFigures } from './forward/answer-figures.ts';
import { askAuthorizer } from './forward/ask-authorizer.ts';
import { forward } from './forward/forward.ts';
import type { ForwardDeps, Forwarded } from './forward/forward-deps.ts';
import { grpcLocalReply } from './forward/grpc-local-reply.ts';
import { localResponse } from './forward/local-reply.ts';
import type { Outcome } from './forward/outcome.ts';
import { responseFlags } from './forward/response-flags.ts';
import type { ProxyResponse } from './forward/transport.ts';
import { type Answerers, knownAnswers, learn, unansweredDetails } from './learn.ts';
import { withHopHeaders } from './telemetry/hop-headers.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** What a proxy serves with. `clusters` come from the snapshot in force. */
export interface ServeDeps<Body> extends Omit<ForwardDeps<Body>, 'clusters' | 'metadata'>, Answerers {
  /** The snapshot in force; undefined while there is none. */
  readonly active: () => ActiveSnapshot | undefined;
  /** Adds `x-weft-route`, `-cluster`, `-revision` and `-flag` to responses. */
  readonly debug: boolean;
  /** Absent = trace contexts pass untouched, and none is begun. */
  readonly tracing?: Tracing | undefined;
  /** The revision in force, for the debug header. */
  readonly revision?: () => string;
  readonly log: Log;
}

/** Asks that one request may make before it is given up. */
const MAX_ASKS = 8;

/** The whole proxy as a function: canonicalise → decide (ask, decide again) → reply or forward. Never rejects. */
export function serve<Body>(deps: ServeDeps<Body>): Handler<Body> {
  const server = new Server(deps);
  return (exchange) => server.handle(exchange);
}

class Server<Body> {
  readonly #deps: ServeDeps<Body>;
  readonly #draw: () => number;
  readonly #bytes: (length: number) => Uint8Array;
  readonly #known: Answers | undefined;
  #forwardDeps: ForwardDeps<Body> | undefined;

  constructor(deps: ServeDeps<Body>) {
    this.#deps = deps;
    this.#draw = () => deps.random.unit();
    this.#bytes = (length) => deps.random.bytes(length);
    this.#known = knownAnswers(deps);
  }

  handle(exchange: Exchange<Body>): Promise<ProxyResponse<Body>> {
    try {
      return Promise.resolve(this.#answer(exchange));
    } catch (error) {
      return Promise.resolve(this.#crashed(error, exchange));
    }
  }

  #crashed(error: unknown, { connection }: Exchange<Body>): ProxyResponse<Body> {
    this.#deps.log.error('request failed', { error: String(error) });
    const failed = { status: 500, flags: '-', details: 'internal_error', route: '' };
    this.#report(failed, undefined, connection);
    return { status: 500, reason: '', headers: new HeaderList(), body: undefined };
  }

  /** Only a request that must ask for something waits here. */
  #answer(exchange: Exchange<Body>): ProxyResponse<Body> | Promise<ProxyResponse<Body>> {
    const { connection, head } = exchange;
    const active = this.#deps.active();
    const request = canonicalRequest(head, connection.scheme, active?.snapshot.pathNormalization ?? 'BASE');
    if (isRefusal(request)) return this.#refuse(request, exchange);
    const decision = decide(request, connection, active, this.#inputs());
    if (decision.kind !== 'ask') return this.#carryOut(decision, request, exchange, active);
    return this.#askAndAnswer(decision, request, exchange).catch((error) => this.#crashed(error, exchange));
  }

  async #askAndAnswer(
    ask: Ask,
    asking: CanonicalRequest,
    exchange: Exchange<Body>,
  ): Promise<ProxyResponse<Body>> {
    const { connection, head } = exchange;
    const checked = { connection, body: exchange.body, signal: exchange.signal };
    let active = this.#deps.active();
    const check = (one: AskCheck) => askAuthorizer(one, checked, this.#depsFor(active));
    let decision: Ask = ask;
    let request = asking;
    let answers = this.#known;
    for (let asks = 0; asks < MAX_ASKS; asks++) {
      answers = await learn(decision, answers, this.#deps, check);
      if (answers === undefined) break;
      active = this.#deps.active();
      const judged = canonicalRequest(head, connection.scheme, active?.snapshot.pathNormalization ?? 'BASE');
      if (isRefusal(judged)) return this.#refuse(judged, exchange);
      request = judged;
      const next: Decision = decide(request, connection, active, this.#inputs(answers));
      if (next.kind !== 'ask') {
        if (next.kind === 'reply') this.#dropRead(exchange, checked.body);
        return this.#carryOut(next, request, withBody(exchange, checked.body), active);
      }
      decision = next;
    }
    return this.#unavailable(decision, request, connection);
  }

  /** A body that was looked at and that nobody will read. */
  #dropRead(exchange: Exchange<Body>, body: Body | undefined): void {
    if (body !== undefined && body !== exchange.body) this.#deps.bodies.cancel(body);
  }

  async #carryOut(
    decision: Exclude<Decision, Ask>,
    request: CanonicalRequest,
    exchange: Exchange<Body>,
    active: ActiveSnapshot | undefined,
  ): Promise<ProxyResponse<Body>> {
    try {
      if (decision.kind === 'reply') {
        const reply = decision.delayMs === undefined ? decision : await this.#delayed(decision, exchange);
        return this.#reply(reply, request, exchange, active);
      }
      const hop = withHopHeaders(decision, request, this.#deps.tracing, this.#inputs());
      const response = await forward(hop, request, exchange, this.#depsFor(active));
      active?.metadata.toClient(response.headers, request.headers, exchange.connection);
      return this.#deps.debug
        ? this.#explained(response, response.flags, decision.route, decision.cluster)
        : response;
    } catch (error) {
      return this.#crashed(error, exchange);
    }
  }

  /** An injected delay; the client may be gone when it is over. */
  async #delayed(reply: Reply, { signal }: Exchange<Body>): Promise<Reply> {
    await this.#deps.clock.sleep(reply.delayMs ?? 0, signal).catch(() => undefined);
    return signal?.aborted ? { ...reply, ...gone } : reply;
  }

  #reply(
    reply: Reply,
    request: CanonicalRequest,
    exchange: Exchange<Body>,
    active: ActiveSnapshot | undefined,
  ): ProxyResponse<Body> {
    const { connection } = exchange;
    const { status, body, headers, details, route, grpcStatus, delayMs } = reply;
    const peer = active?.metadata.ofClient(request.headers, connection);
    const response = grpcLocalReply(localResponse(status, body, headers), request.headers, grpcStatus);
    const flag = responseFlags(reply.flag, '', delayMs !== undefined);
    const figures = answerFigures(this.#deps.bodies, exchange, response);
    const answer = { status: response.status, flags: flag, details, route, peer, ...figures };
    this.#report(answer, request, connection, delayMs);
    active?.metadata.toClient(response.headers, request.headers, connection);
    return this.#deps.debug ? this.#explained({ ...response, flags: flag }, flag, route, '') : response;
  }

  #refuse({ status, reason }: Refusal, { head, connection }: Exchange<Body>): ProxyResponse<Body> {
    const response = grpcLocalReply(localResponse(status, reason), head.headers);
    const details = `http1.codec_error{${reason}}`;
    this.#report({ status: response.status, flags: 'DPE', details, route: '' }, undefined, connection);
    return response;
  }

  #unavailable(ask: Ask, request: CanonicalRequest, connection: Connection): ProxyResponse<Body> {
    const response = grpcLocalReply(localResponse(503, ''), request.headers);
    const { status } = response;
    this.#report({ status, flags: '-', details: unansweredDetails(ask), route: '' }, request, connection);
    return response;
  }

  #inputs(answers: Answers | undefined = this.#known): Inputs {
    return { now: this.#deps.clock.now(), draw: this.#draw, bytes: this.#bytes, answers };
  }

  /** The clusters of the snapshot that decided, not of one that came meanwhile. */
  #depsFor(active: ActiveSnapshot | undefined): ForwardDeps<Body> {
    const clusters = active?.clusters ?? new Map();
    if (this.#forwardDeps?.clusters !== clusters) {
      const { endpoints, transport, bodies, clock, random, onOutcome } = this.#deps;
      const metadata = active?.metadata;
      const deps = { clusters, endpoints, transport, bodies, clock, random, metadata };
      this.#forwardDeps = onOutcome === undefined ? deps : { ...deps, onOutcome };
    }
    return this.#forwardDeps;
  }

  #explained(response: Forwarded<Body>, flags: string, route: string, cluster: string): ProxyResponse<Body> {
    const headers = response.headers.copy();
    headers.set('x-weft-route', route);
    headers.set('x-weft-cluster', cluster);
    headers.set('x-weft-revision', this.#deps.revision?.() ?? '');
    headers.set('x-weft-flag', flags);
    return { ...response, headers };
  }

  #report(
    answer: Answer,
    request: CanonicalRequest | undefined,
    connection: Connection,
    durationMs = 0,
  ): void {
    const { onOutcome, clock } = this.#deps;
    const startedAt = clock.now() - durationMs;
    const none = { cluster: '', endpoint: '', attempts: 0, failure: '', complete: true };
    const outcome = { peer: undefined, ...answer, startedAt, durationMs, ...none, retryAbandoned: false };
    onOutcome?.(outcome, request, connection);
  }
}

const gone = {
  status: 0,
  body: '',
  headers: [],
  flag: 'DC',
  details: 'downstream_remote_disconnect',
} as const;

/** What is told of a request that was answered here. */
type Answer = Pick<Outcome, 'status' | 'flags' | 'details' | 'route'> & Partial<Outcome>;
