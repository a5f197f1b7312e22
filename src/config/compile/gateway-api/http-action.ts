import type { ForwardAction, Mirror, RedirectAction, RetryPolicy, Rewrite } from '../../../snapshot/route.ts';
import type { HttpRule } from '../../gateway-api/http-route.ts';
import type { FieldPath } from '../../resource/resource.ts';
import { DEFAULT_RETRY } from '../retry-policy.ts';
import type { Scope } from '../scope.ts';
import type { AnyRoute } from './attachment.ts';
import { backendProblem } from './backend.ts';
import { placeOf, reportedCluster } from './rule-destinations.ts';

type Filters = HttpRule['filters'];

/** Which half of a prefix match an action is for: the path itself, or what is below it. */
export type PrefixHalf = 'self' | 'below' | undefined;

const DEFAULT_PORTS = { http: 80, https: 443 };

/** HTTPRequestRedirectFilter; the port is that of the scheme, or else the one that the request came to. */
export function redirectOf(
  { scheme, hostname, path, port, statusCode }: NonNullable<Filters[number]['requestRedirect']>,
  half: PrefixHalf,
): RedirectAction {
  const replaced = path && replacement(path, half);
  const field = path?.type === 'ReplacePrefixMatch' && half !== 'self' ? 'prefixRewrite' : 'uri';
  return {
    kind: 'redirect',
    status: statusCode,
    ...(scheme && { scheme }),
    ...(hostname && { authority: hostname }),
    port: port ?? (scheme ? DEFAULT_PORTS[scheme] : 'request'),
    ...(replaced !== undefined && { [field]: replaced }),
  };
}

/** HTTPURLRewriteFilter; undefined when there is none. */
export function rewriteOf(filters: Filters, half: PrefixHalf): Rewrite | undefined {
  const { hostname, path } = filters.find(({ urlRewrite }) => urlRewrite)?.urlRewrite ?? {};
  if (!hostname && !path) return undefined;
  const full = path?.type === 'ReplaceFullPath';
  return {
    ...(hostname && { authority: hostname }),
    ...(path &&
      (full
        ? { regex: { match: '^.*$', substitution: escaped(replacement(path, half)) } }
        : {
            uri: replacement(path, half),
          })),
  };
}

type PathModifier = NonNullable<NonNullable<Filters[number]['urlRewrite']>['path']>;

/** A slash is neither lost nor doubled between the replacement and what follows. */
function replacement({ type, replaceFullPath, replacePrefixMatch }: PathModifier, half: PrefixHalf): string {
  if (type === 'ReplaceFullPath') return rooted(replaceFullPath ?? '');
  const trimmed = rooted(replacePrefixMatch ?? '').replace(/\/+$/, '');
  return half === 'self' ? trimmed || '/' : `${trimmed}/`;
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\');
}

/**
 * HTTPRouteTimeouts and HTTPRouteRetry; without a word on retries those of the mesh. As in Istio `backendRequest` is
 * for each attempt only where retries are asked for, else for the request.
 */
export function resilienceOf({
  timeouts,
  retry,
}: Pick<HttpRule, 'timeouts' | 'retry'>): Pick<ForwardAction, 'timeoutMs' | 'retry'> {
  const { request, backendRequest } = timeouts ?? {};
  const policy = retry === undefined ? DEFAULT_RETRY : retryOf(retry);
  const tried = policy && retry && backendRequest ? { ...policy, perTryTimeoutMs: backendRequest } : policy;
  const timeoutMs = retry === undefined ? backendRequest || request : request;
  return { ...(timeoutMs && { timeoutMs }), ...(tried && { retry: tried }) };
}

const DEFAULT_ATTEMPTS = 2;

function retryOf({ codes, attempts = DEFAULT_ATTEMPTS, backoff }: NonNullable<HttpRule['retry']>) {
  if (attempts <= 0) return undefined;
  const on = codes.length > 0 ? [...DEFAULT_RETRY.on, 'retriable-status-codes'] : DEFAULT_RETRY.on;
  return {
    attempts: Math.min(attempts, 1000),
    on,
    statuses: codes,
    backoffMs: backoff || DEFAULT_RETRY.backoffMs,
  } satisfies RetryPolicy;
}

/** HTTPRequestMirrorFilters; a copy for a backend that is not there is not made. */
export function mirrorsOf(
  filters: readonly Pick<Filters[number], 'requestMirror'>[],
  owner: AnyRoute,
  path: FieldPath,
  scope: Scope,
): Mirror[] {
  return filters.flatMap(({ requestMirror }, i) => {
    if (!requestMirror) return [];
    const { backendRef, percent, fraction } = requestMirror;
    const share = fraction ? (fraction.numerator / fraction.denominator) * 100 : (percent ?? 100);
    const at = [...path, 'filters', i, 'requestMirror', 'backendRef'];
    const cluster = reportedCluster(backendRef, owner, at, scope);
    const missing = backendProblem(backendRef, owner, placeOf(scope), scope.resources) !== undefined;
    return share > 0 && !missing ? [{ cluster, percent: share }] : [];
  });
}
