import type { CanonicalRequest } from '../../http/message.ts';
import type { Forward } from '../decide/decision.ts';
import type { Exchange } from '../exchange.ts';
import type { ForwardDeps, Forwarded } from './forward-deps.ts';
import { ForwardRun } from './forward-run.ts';
import { LOCAL_REPLIES } from './local-reply.ts';

/** Carries a Forward out: delay → edits → mirror → retry → circuit → balance → send. Never rejects for what an upstream does. */
export function forward<Body>(
  decision: Forward,
  request: CanonicalRequest,
  exchange: Exchange<Body>,
  deps: ForwardDeps<Body>,
): Promise<Forwarded<Body>> {
  const begunAt = deps.clock.monotonic();
  if (decision.delayMs !== undefined) return delayed(decision, request, exchange, deps, begunAt);
  return new ForwardRun(decision, request, exchange, deps, begunAt).start();
}

/** An injected delay comes before everything that a timeout counts. */
async function delayed<Body>(
  decision: Forward,
  request: CanonicalRequest,
  exchange: Exchange<Body>,
  deps: ForwardDeps<Body>,
  begunAt: number,
): Promise<Forwarded<Body>> {
  const { signal } = exchange;
  await deps.clock.sleep(decision.delayMs ?? 0, signal).catch(() => undefined);
  // Nobody is left whose request could be mirrored or sent.
  const meant = signal?.aborted ? withoutMirrors(decision) : decision;
  const run = new ForwardRun(meant, request, exchange, deps, begunAt);
  return signal?.aborted ? run.reply(LOCAL_REPLIES.clientGone, '') : run.start();
}

function withoutMirrors({ mirrors: _, ...rest }: Forward): Forward {
  return rest;
}
