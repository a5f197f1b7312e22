import type {
  DirectResponseAction,
  ForwardAction,
  Mirror,
  RedirectAction,
  RetryPolicy,
  Route,
} from '../../snapshot/route.ts';
import { editedPairs } from './apply-edits.ts';
import { type CompiledCors, compileCors } from './cors.ts';
import type { Reply } from './decision.ts';
import { compileShares, type Shares } from './destination.ts';
import type { Evidence } from './evidence.ts';
import { compileFault, type InjectFault } from './fault.ts';
import { compileHeaderChanges } from './header-operations.ts';
import { redirectLocation } from './redirect.ts';
import { localReply } from './reply.ts';
import { compileRewrite, type MakeRewrite } from './rewrite.ts';
import { type CompiledMatch, compileRouteMatch, matchEverything } from './route-match.ts';

/** A route of a virtual host, compiled. */
export interface CompiledRoute {
  readonly name: string;
  readonly source: string;
  /** Never empty. */
  readonly matches: readonly CompiledMatch[];
  readonly action: ForwardPlan | Answer;
  readonly fault: InjectFault | undefined;
  readonly cors: CompiledCors | undefined;
}

/** Sends the request on. */
export interface ForwardPlan {
  readonly kind: 'forward';
  readonly shares: Shares;
  readonly rewrite: MakeRewrite;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy | undefined;
  readonly mirrors: readonly Mirror[] | undefined;
}

/** Answers the request itself. */
export interface Answer {
  readonly kind: 'answer';
  reply(evidence: Evidence, match: CompiledMatch, listenerPort: number): Reply;
}

/** Compiles a route; `clusters` are those of the snapshot. Throws RegexError. */
export function compileRoute(route: Route, clusters: ReadonlyMap<string, unknown>): CompiledRoute {
  const { name, source } = route;
  const matches = route.matches.length === 0 ? [matchEverything] : route.matches.map(compileRouteMatch);
  const fault = route.fault && compileFault(route.fault, source);
  const cors = route.cors && compileCors(route.cors, source);
  return { name, source, matches, action: compileAction(route, clusters), fault, cors };
}

function compileAction(route: Route, clusters: ReadonlyMap<string, unknown>): ForwardPlan | Answer {
  const { action } = route;
  if (action.kind === 'forward') return compileForward(action, route, clusters);
  return action.kind === 'redirect' ? compileRedirect(action, route) : compileDirect(action, route);
}

function compileForward(
  action: ForwardAction,
  route: Route,
  clusters: ReadonlyMap<string, unknown>,
): ForwardPlan {
  return {
    kind: 'forward',
    shares: compileShares(action.destinations, route.headers, clusters),
    rewrite: compileRewrite(action.rewrite),
    timeoutMs: action.timeoutMs ?? 0,
    retry: action.retry,
    mirrors: action.mirrors?.filter(({ cluster }) => clusters.has(cluster)),
  };
}

/** VirtualService `redirect`; response header operations apply to it as to any response. */
function compileRedirect(action: RedirectAction, route: Route): Answer {
  const responseEdits = compileHeaderChanges([route.headers?.response], 'response');
  return {
    kind: 'answer',
    reply(evidence, match, listenerPort) {
      const location = redirectLocation(action, evidence, match, listenerPort);
      const headers = editedPairs([['location', location]], responseEdits(evidence, []));
      return { ...localReply(action.status, '-', 'direct_response'), headers, route: route.source };
    },
  };
}

/** VirtualService `directResponse`: text/plain unless the response headers say otherwise. */
function compileDirect(action: DirectResponseAction, route: Route): Answer {
  const responseEdits = compileHeaderChanges([route.headers?.response], 'response');
  const plain: [string, string][] = action.body === '' ? [] : [['content-type', 'text/plain']];
  return {
    kind: 'answer',
    reply(evidence) {
      const headers = editedPairs(plain, responseEdits(evidence, []));
      const { status, body } = action;
      return { ...localReply(status, '-', 'direct_response'), headers, body, route: route.source };
    },
  };
}
