import type { Route, RouteAction, RouteMatch } from '../../snapshot/route.ts';
import type { Resource } from '../resource/resource.ts';

/** On a VirtualService that Istio makes of a Gateway API route: it matches and rewrites as that route does. */
const ROUTE_SEMANTICS = 'internal.istio.io/route-semantics';
/** What is answered where a backend cannot be. */
const NO_BACKEND = 500;

/** Whether a VirtualService has the semantics of the Gateway API. */
export function hasGatewaySemantics({ annotations }: Resource<'VirtualService'>): boolean {
  return annotations.get(ROUTE_SEMANTICS) === 'gateway';
}

/**
 * A route with the semantics of the Gateway API: a prefix is the path itself and what is below it, each rewritten so
 * that no slash is lost or doubled, and a backend that is not there answers 500.
 */
export function withGatewaySemantics(route: Route): Route[] {
  const action = answeringForBackends(route.action);
  const whole = { ...route, action };
  const replacement = replacementOf(action);
  if (replacement === undefined) return [{ ...whole, matches: route.matches.flatMap(segmentWise) }];
  const trimmed = replacement.replace(/\/+$/, '');
  return route.matches.flatMap((match) => {
    const [self, below] = segmentWise(match);
    if (match.path?.kind !== 'prefix') return [{ ...whole, matches: [match] }];
    // The prefix `/` has nothing but what is below it.
    if (below === undefined)
      return [{ ...whole, matches: [match], action: replacing(action, `${trimmed}/`, 'below') }];
    return [
      { ...whole, matches: [self ?? match], action: replacing(action, trimmed || '/', 'self') },
      { ...whole, matches: [below], action: replacing(action, `${trimmed}/`, 'below') },
    ];
  });
}

function answeringForBackends(action: RouteAction): RouteAction {
  if (action.kind !== 'forward') return action;
  const destinations = action.destinations.map((one) => ({ ...one, missingStatus: NO_BACKEND }));
  return { ...action, destinations };
}

function replacementOf(action: RouteAction): string | undefined {
  if (action.kind === 'forward') return action.rewrite?.uri;
  return action.kind === 'redirect' ? action.prefixRewrite : undefined;
}

function segmentWise(match: RouteMatch): RouteMatch[] {
  const { path, ...rest } = match;
  if (path?.kind !== 'prefix') return [match];
  const prefix = path.value.replace(/\/$/, '');
  if (prefix === '') return [rest];
  return [
    { ...rest, path: { ...path, kind: 'exact', value: prefix } },
    { ...rest, path: { ...path, value: `${prefix}/` } },
  ];
}

function replacing(action: RouteAction, uri: string, half: 'self' | 'below'): RouteAction {
  if (action.kind === 'forward') return { ...action, rewrite: { ...action.rewrite, uri } };
  if (action.kind !== 'redirect') return action;
  const { prefixRewrite: _, ...rest } = action;
  return half === 'self' ? { ...rest, uri } : { ...rest, prefixRewrite: uri };
}
