import type { Destination, ForwardAction, RedirectAction, Rewrite, Route } from '../../snapshot/route.ts';
import { DEFAULT_RETRY } from '../compile/retry-policy.ts';
import { type Conversion, type Document, destinationOf } from './conversion.ts';
import { headerFilters } from './header-fields.ts';
import { httpRouteMatch, type Refuse } from './http-route-match.ts';

/** A route as a rule of an HTTPRoute in `namespace`; what it cannot say is refused by name. */
export function httpRouteRule(
  route: Route,
  namespace: string,
  scheme: 'http' | 'https',
  { clusters }: Conversion,
  refuse: Refuse,
): Document {
  const { name, matches, action, headers, fault, cors } = route;
  if (fault) refuse('faults are not injected');
  if (cors) refuse('corsPolicy answers preflights of other origins otherwise than the CORS filter');
  const all = matches.length > 0 ? matches : [{}];
  return {
    ...(name && { name }),
    matches: all.map((match) => httpRouteMatch(match, scheme, refuse)),
    ...(action.kind === 'redirect' && { filters: [redirectFilter(action, refuse)] }),
    ...(action.kind === 'forward' && forward(action, headers, namespace, clusters, matches, refuse)),
    ...(action.kind === 'direct' && refused(refuse, 'directResponse is not answered')),
  };
}

function refused(refuse: Refuse, why: string): Document {
  refuse(why);
  return {};
}

function redirectFilter(
  { status, scheme, authority, port, uri, prefixRewrite }: RedirectAction,
  refuse: Refuse,
) {
  if (prefixRewrite) refuse('a redirect replaces a prefix');
  if (authority?.includes(':')) refuse('a redirect names a port in its authority');
  if (port === 'request' && scheme) refuse('a redirect to another scheme keeps the port');
  if (port === undefined)
    refuse('a redirect without a port goes to the port of its scheme, not of the request');
  return {
    type: 'RequestRedirect',
    requestRedirect: {
      statusCode: status,
      ...(scheme && { scheme }),
      ...(authority && { hostname: authority }),
      ...(typeof port === 'number' && { port }),
      ...(uri && { path: { type: 'ReplaceFullPath', replaceFullPath: uri } }),
    },
  };
}

function forward(
  action: ForwardAction,
  headers: Route['headers'],
  namespace: string,
  clusters: ReadonlySet<string>,
  matches: Route['matches'],
  refuse: Refuse,
): Document {
  const { destinations, mirrors = [], rewrite } = action;
  const backend = (cluster: string) => backendOf(cluster, namespace, clusters, refuse);
  const filters = [
    ...headerFilters(headers, refuse),
    ...(rewrite ? [rewriteFilter(rewrite, matches, refuse)] : []),
    ...mirrors.map(({ cluster, percent }) => ({
      type: 'RequestMirror',
      requestMirror: { backendRef: backend(cluster), ...shareOf(percent) },
    })),
  ];
  return {
    ...(filters.length > 0 && { filters }),
    backendRefs: destinations.map((one) => ({ ...backend(one.cluster), ...weighted(one, refuse) })),
    ...resilience(action, refuse),
  };
}

function weighted({ weight, headers }: Destination, refuse: Refuse): Document {
  const filters = headerFilters(headers, refuse);
  return { weight, ...(filters.length > 0 && { filters }) };
}

function shareOf(percent: number): Document {
  if (percent === 100) return {};
  if (Number.isInteger(percent)) return { percent };
  return { fraction: { numerator: Math.round(percent * 10_000), denominator: 1_000_000 } };
}

function backendOf(cluster: string, own: string, clusters: ReadonlySet<string>, refuse: Refuse): Document {
  const { host = '', port = 0, subset = '' } = destinationOf(cluster) ?? {};
  const [, name = '', namespace = ''] = /^([^.]+)\.([^.]+)\.svc\.cluster\.local$/.exec(host) ?? [];
  if (name === '') refuse(`${host || cluster} is no Service`);
  else if (subset) refuse(`subset ${subset} of ${host} has no Service of its own`);
  else if (!clusters.has(cluster))
    refuse(`${host}:${port} is not there, and would be answered with 500, not 503`);
  return { name, ...(namespace !== own && { namespace }), port };
}

function rewriteFilter(
  { authority, uri, regex }: Rewrite,
  matches: Route['matches'],
  refuse: Refuse,
): Document {
  if (regex) refuse('a path is rewritten by a regular expression');
  const exact = matches.length > 0 && matches.every(({ path }) => path?.kind === 'exact');
  if (uri && !exact) refuse('the prefix that is replaced does not end at a slash');
  if (authority?.includes(':')) refuse('the authority is rewritten to one with a port');
  return {
    type: 'URLRewrite',
    urlRewrite: {
      ...(authority && { hostname: authority }),
      ...(uri && { path: { type: 'ReplaceFullPath', replaceFullPath: uri } }),
    },
  };
}

/** Nothing where it is what every route has. */
function resilience({ timeoutMs, retry }: ForwardAction, refuse: Refuse): Document {
  const timeouts = {
    ...(timeoutMs && { request: `${timeoutMs}ms` }),
    ...(retry?.perTryTimeoutMs && { backendRequest: `${retry.perTryTimeoutMs}ms` }),
  };
  return {
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...retryOf(retry, refuse),
  };
}

function retryOf(retry: ForwardAction['retry'], refuse: Refuse): Document {
  if (retry === undefined) return { retry: { attempts: 0 } };
  const { attempts, on, statuses, backoffMs, repeatEndpoints } = retry;
  if (JSON.stringify(retry) === JSON.stringify(DEFAULT_RETRY)) return {};
  const own = on.filter((condition) => condition !== 'retriable-status-codes');
  if (own.join() !== DEFAULT_RETRY.on.join() || repeatEndpoints)
    refuse('retries are made on conditions of their own');
  return { retry: { attempts, backoff: `${backoffMs}ms`, ...(statuses.length > 0 && { codes: statuses }) } };
}
