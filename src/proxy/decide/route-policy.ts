import type { Context } from './chain.ts';
import type { ForwardPlan } from './compiled-route.ts';
import type { Reply } from './decision.ts';
import type { Routed } from './route.ts';

/** The route wants the request to be sent on. */
export interface Forwardable<D extends 'outbound' | 'gateway'> extends Routed<D> {
  readonly plan: ForwardPlan;
}

/** What the route does before anything is forwarded: redirects and direct responses answer here. */
export function routePolicy<D extends 'outbound' | 'gateway'>(
  evidence: Routed<D>,
  { trace }: Context,
): Forwardable<D> | Reply {
  const { action, source } = evidence.route;
  if (action.kind === 'forward') return { ...evidence, plan: action };
  const reply = action.reply(evidence, evidence.match, evidence.listenerPort);
  trace?.add({ step: 'route policy', verdict: 'match', text: `the route answers ${reply.status}`, source });
  return reply;
}
