import { canonicalRequest, isRefusal } from '../http/canonical-request.ts';
import { HeaderList } from '../http/header-list.ts';
import type { CanonicalRequest } from '../http/message.ts';
import type { Log } from '../runtime/ports.ts';
import { type ActiveSnapshot, decide } from './activate.ts';
import type { Connection } from './decide/connection.ts';
import type { Ask, Decision, Inputs, Reply } from './decide/decision.ts';
import type { Exchange, Handler } from './exchange.ts';
import { type ForwardDeps, type Forwarded, forward } from './forward/forward.ts';
import { localResponse } from './forward/local-reply.ts';
import type { ProxyResponse } from './forward/transport.ts';

/** What a proxy serves with. `clusters` come from the snapshot in force. */
export interface ServeDeps<Body> extends Omit<ForwardDeps<Body>, 'clusters'> {
  /** The snapshot in force; undefined while there is none. */
  readonly active: () => ActiveSnapshot | undefined;
  /** Fetches what a decision asks for; false when it cannot be had. */
  readonly resolve: (ask: Ask) => Promise<boolean>;
  /** Adds `x-weft-route`, `-cluster`, `-revision` and `-flag` to responses. */
  readonly debug: boolean;
  /** The revision in force, for the debug header. */
  readonly revision?: () => string;
  readonly log: Log;
}

/** Asks that one request may make before it is given up. */
const MAX_ASKS = 4;

/** The whole proxy as a function: canonicalise → decide (ask, decide again) → reply or forward. Never rejects. */
export function serve<Body>(deps: ServeDeps<Body>): Handler<Body> {
  const server = new Server(deps);
  return (exchange) => server.handle(exchange);
}

class Server<Body> {
  readonly #deps: ServeDeps<Body>;
  readonly #draw: () => number;
  readonly #bytes: (length: number) => Uint8Array;
  #forwardDeps: ForwardDeps<Body> | undefined;

  constructor(deps: ServeDeps<Body>) {
    this.#deps = deps;
    this.#draw = () => deps.random.unit();
    this.#bytes = (length) => deps.random.bytes(length);
  }

  async handle(exchange: Exchange<Body>): Promise<ProxyResponse<Body>> {
    try {
      return await this.#answer(exchange);
    } catch (error) {
      this.#deps.log.error('request failed', { error: String(error) });
      return { status: 500, reason: '', headers: new HeaderList(), body: undefined };
    }
  }

  async #answer(exchange: Exchange<Body>): Promise<ProxyResponse<Body>> {
    const { connection, head } = exchange;
    let active = this.#deps.active();
    let request = canonicalRequest(head, connection.scheme, active?.snapshot.pathNormalization ?? 'BASE');
    if (isRefusal(request)) return this.#refuse(request.status, request.reason, connection);
    let decision = decide(request, connection, active, this.#inputs());
    for (let asks = 0; decision.kind === 'ask'; asks++) {
      if (asks >= MAX_ASKS || !(await this.#deps.resolve(decision))) {
        return this.#unavailable(request, connection);
      }
      active = this.#deps.active();
      request = canonicalRequest(head, connection.scheme, active?.snapshot.pathNormalization ?? 'BASE');
      if (isRefusal(request)) return this.#refuse(request.status, request.reason, connection);
      decision = decide(request, connection, active, this.#inputs());
    }
    return this.#carryOut(decision, request, exchange, active);
  }

  async #carryOut(
    decision: Exclude<Decision, Ask>,
    request: CanonicalRequest,
    exchange: Exchange<Body>,
    active: ActiveSnapshot | undefined,
  ): Promise<ProxyResponse<Body>> {
    if (decision.kind === 'reply') return this.#reply(decision, request, exchange.connection);
    const response = await forward(decision, request, exchange, this.#depsFor(active));
    return this.#deps.debug
      ? this.#explained(response, response.flags, decision.route, decision.cluster)
      : response;
  }

  #reply(reply: Reply, request: CanonicalRequest, connection: Connection): ProxyResponse<Body> {
    const { status, body, headers, flag, details, route } = reply;
    this.#report(status, flag, details, route, request, connection);
    const response = localResponse(status, body, headers);
    return this.#deps.debug ? this.#explained({ ...response, flags: flag }, flag, route, '') : response;
  }

  #refuse(status: number, reason: string, connection: Connection): ProxyResponse<Body> {
    this.#report(status, 'DPE', `http1.codec_error{${reason}}`, '', undefined, connection);
    return localResponse(status, reason);
  }

  #unavailable(request: CanonicalRequest, connection: Connection): ProxyResponse<Body> {
    this.#report(503, '-', 'no_snapshot', '', request, connection);
    return localResponse(503, '');
  }

  #inputs(): Inputs {
    return { now: this.#deps.clock.now(), draw: this.#draw, bytes: this.#bytes };
  }

  /** The clusters of the snapshot that decided, not of one that came meanwhile. */
  #depsFor(active: ActiveSnapshot | undefined): ForwardDeps<Body> {
    const clusters = active?.clusters ?? new Map();
    if (this.#forwardDeps?.clusters !== clusters) {
      const { endpoints, transport, bodies, clock, random, onOutcome } = this.#deps;
      const deps = { clusters, endpoints, transport, bodies, clock, random };
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
    status: number,
    flags: string,
    details: string,
    route: string,
    request: CanonicalRequest | undefined,
    connection: Connection,
  ): void {
    const { onOutcome, clock } = this.#deps;
    const startedAt = clock.now();
    const none = { cluster: '', endpoint: '', attempts: 0, failure: '', durationMs: 0, complete: true };
    onOutcome?.({ status, flags, details, route, startedAt, ...none }, request, connection);
  }
}
