import type { Mirror } from '../../snapshot/route.ts';
import type { Authorized } from './authorise.ts';
import type { Context, Terminal } from './chain.ts';
import type { Decision, Edit, Forward } from './decision.ts';
import { pickDestination, traceShares } from './destination.ts';
import { isDrawn } from './fault.ts';
import { localReply } from './reply.ts';
import { traceMirrors, traceResilience } from './resilience-trace.ts';
import type { Forwardable } from './route-policy.ts';

/** Hands an authorised request to the application behind the sidecar. */
export function toApplication(cluster: string): Terminal<Authorized<'inbound'>> {
  return ({ edits, responseEdits = noEdits }, { trace }): Forward => {
    trace?.add({ step: 'forward', verdict: 'pass', text: `to the application, ${cluster}` });
    return {
      kind: 'forward',
      cluster,
      route: '',
      requestEdits: edits,
      responseEdits,
      timeoutMs: 0,
      retry: undefined,
    };
  };
}

/** Sends a routed request to one of its route's destinations, drawn by weight. */
export function toUpstream(
  { routed, plan, delayMs, grant }: Forwardable<'outbound' | 'gateway'>,
  context: Context,
): Decision {
  const { route } = routed;
  const destination = pickDestination(plan.shares, context);
  traceShares(plan.shares, destination, route.source, context);
  if (destination === undefined || !destination.known) {
    const status = destination?.missingStatus ?? 503;
    return { ...localReply(status, 'NC', 'cluster_not_found'), route: route.source };
  }
  traceResilience(plan, route.source, context);
  const responseEdits = destination.responseEdits(routed, routed.responseEdits ?? noEdits);
  const edits = destination.requestEdits(routed, routed.edits);
  const forward: Forward = {
    kind: 'forward',
    cluster: destination.cluster,
    route: route.source,
    requestEdits: plan.rewrite(routed, routed.match, edits),
    responseEdits: grant.length === 0 ? responseEdits : [...responseEdits, ...grant],
    timeoutMs: plan.timeoutMs,
    retry: plan.retry,
  };
  const mirrors = plan.mirrors === undefined ? noMirrors : drawMirrors(plan.mirrors, route.source, context);
  if (delayMs === 0 && mirrors.length === 0) return forward;
  return { ...forward, ...(delayMs > 0 && { delayMs }), ...(mirrors.length > 0 && { mirrors }) };
}

const noMirrors: readonly string[] = [];

function drawMirrors(mirrors: readonly Mirror[], source: string, context: Context): readonly string[] {
  const drawn = mirrors.filter(({ percent }) => isDrawn(percent, context)).map(({ cluster }) => cluster);
  traceMirrors(mirrors, drawn, source, context);
  return drawn;
}

const noEdits: readonly Edit[] = [];
