import type { Context } from './chain.ts';
import type { ForwardPlan } from './compiled-route.ts';
import type { Reply } from './decision.ts';
import type { Routed } from './route.ts';

/** The route wants the request to be sent on. */
export interface Forwardable<D extends 'outbound' | 'gateway'> {
  readonly routed: Routed<D>;
  readonly plan: ForwardPlan;
}

/** What the route does before anything is forwarded: redirects and direct responses answer here. */
export function routePolicy<D extends 'outbound' | 'gateway'>(
  routed: Routed<D>,
  { trace }: Context,
): Forwardable<D> | Reply {
  const { action, source } = routed.route;
  if (action.kind === 'forward') return { routed, plan: action };
  const reply = action.reply(routed, routed.match, routed.listenerPort);
  trace?.add({ step: 'route policy', verdict: 'match', text: `the route answers ${reply.status}`, source });
  return reply;
}
