import type { Context } from './chain.ts';
import type { ForwardPlan } from './compiled-route.ts';
import type { Reply } from './decision.ts';
import type { Routed } from './route.ts';

/** The route wants the request to be sent on. */
export interface Forwardable<D extends 'outbound' | 'gateway'> {
  readonly routed: Routed<D>;
  readonly plan: ForwardPlan;
  /** Injected wait, ms; 0 = none. */
  readonly delayMs: number;
}

/** What the route does before anything is forwarded: aborts, redirects and direct responses answer here. */
export function routePolicy<D extends 'outbound' | 'gateway'>(
  routed: Routed<D>,
  context: Context,
): Forwardable<D> | Reply {
  const { action, source, fault } = routed.route;
  const injected = fault?.(context);
  if (injected?.abort !== undefined) return injected.abort;
  const delayMs = injected?.delayMs ?? 0;
  if (action.kind === 'forward') return { routed, plan: action, delayMs };
  const reply = action.reply(routed, routed.match, routed.listenerPort);
  const text = `the route answers ${reply.status}`;
  context.trace?.add({ step: 'route policy', verdict: 'match', text, source });
  return delayMs > 0 ? { ...reply, delayMs } : reply;
}
