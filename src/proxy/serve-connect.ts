import { type Authority, parseAuthority } from '../http/authority.ts';
import { HeaderList } from '../http/header-list.ts';
import type { Exchange, Handler } from './exchange.ts';
import { closedOutcome, forwardConnection } from './forward/forward-connection.ts';
import { localResponse } from './forward/local-reply.ts';
import type { OutcomeFlag } from './forward/outcome.ts';
import type { ProxyResponse } from './forward/transport.ts';
import type { ServeConnectionDeps } from './serve-connection.ts';

/**
 * Answers CONNECT (RFC 9110 §9.3.6) on an outbound port by a tunnel to the cluster of the host and port that it
 * names, and leaves other methods to `next`. Routes and their policies do not apply: the bytes are not read.
 */
export function withConnect<Body>(deps: ServeConnectionDeps<Body>, next: Handler<Body>): Handler<Body> {
  return async (exchange) => {
    if (exchange.head.method !== 'CONNECT') return next(exchange);
    try {
      return await connect(exchange, deps);
    } catch (error) {
      deps.log.error('tunnel failed', { error: String(error) });
      return localResponse(500, '');
    }
  };
}

async function connect<Body>(
  { head, connection, body, signal }: Exchange<Body>,
  deps: ServeConnectionDeps<Body>,
): Promise<ProxyResponse<Body>> {
  const refuse = (status: number, flag: OutcomeFlag, details: string) => {
    deps.onConnection?.(closedOutcome(flag, details, deps.clock.now()), connection);
    return localResponse(status, details);
  };
  const authority = parseAuthority(head.target);
  if (authority === undefined || body === undefined || !agrees(head.headers, authority)) {
    return refuse(400, 'DPE', 'malformed CONNECT');
  }
  const active = deps.active();
  if (active === undefined) return refuse(503, '-', 'no_snapshot');
  const decision = active.decideTunnel(authority);
  if (decision.kind !== 'forward') {
    const { status, flag, details } = decision.kind === 'reply' ? decision : UNDECIDED;
    return refuse(status, flag, details);
  }
  const arrival = { connection, body, signal: signal ?? NEVER };
  const opened = await forwardConnection(decision, active.clusters, authority.authority, arrival, deps);
  if (opened.kind === 'failed') return localResponse(opened.reply.status, opened.reply.body);
  return { status: 200, reason: 'Connection established', headers: new HeaderList(), body: opened.body };
}

const UNDECIDED = { status: 503, flag: '-', details: 'undecided' } as const;
const NEVER = new AbortController().signal;

/** A Host field must name what the request line does (the port may be left out): two readers, one tunnel. */
function agrees(headers: HeaderList, { host, port }: Authority): boolean {
  const [line, ...others] = headers.getAll('host');
  if (line === undefined) return true;
  const named = others.length > 0 ? undefined : parseAuthority(line);
  return named?.host === host && (named.port === undefined || named.port === port);
}
