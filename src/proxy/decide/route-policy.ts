import { editedPairs } from './apply-edits.ts';
import type { Context } from './chain.ts';
import type { ForwardPlan } from './compiled-route.ts';
import type { Edit, Reply } from './decision.ts';
import type { Routed } from './route.ts';

/** The route wants the request to be sent on. */
export interface Forwardable<D extends 'outbound' | 'gateway'> {
  readonly routed: Routed<D>;
  readonly plan: ForwardPlan;
  /** Injected wait, ms; 0 = none. */
  readonly delayMs: number;
  /** What CORS adds to the response, after everything else. */
  readonly grant: readonly Edit[];
}

/** What the route does before anything is forwarded: aborts, redirects and direct responses answer here. */
export function routePolicy<D extends 'outbound' | 'gateway'>(
  routed: Routed<D>,
  context: Context,
): Forwardable<D> | Reply {
  const { action, source, fault, cors } = routed.route;
  const injected = fault?.(context);
  if (injected?.abort !== undefined) return injected.abort;
  const delayMs = injected?.delayMs ?? 0;
  const preflight = cors?.answer(routed, context);
  if (preflight !== undefined) return delayed(preflight, delayMs);
  const grant = cors?.grant(routed) ?? noEdits;
  if (action.kind === 'forward') return { routed, plan: action, delayMs, grant };
  const reply = action.reply(routed, routed.match, routed.listenerPort);
  const text = `the route answers ${reply.status}`;
  context.trace?.add({ step: 'route policy', verdict: 'match', text, source });
  return delayed({ ...reply, headers: editedPairs(reply.headers, grant) }, delayMs);
}

function delayed(reply: Reply, delayMs: number): Reply {
  return delayMs > 0 ? { ...reply, delayMs } : reply;
}

const noEdits: readonly Edit[] = [];
