import type { Destination, ForwardAction, RedirectAction, Route } from '../../snapshot/route.ts';
import { DEFAULT_RETRY } from '../compile/retry-policy.ts';
import { type Conversion, type Document, destinationOf } from './conversion.ts';
import { istioHeaders } from './header-fields.ts';
import { hasRepeatedNames, istioMatch, istioString } from './istio-match.ts';

/** A route as an http rule of a VirtualService. */
export function istioRule(route: Route, conversion: Conversion): Document {
  const { name, matches, source, headers } = route;
  if (matches.some(hasRepeatedNames))
    conversion.note(source, 'one header or query parameter is asked for twice, of which the last counts');
  return {
    ...(name && { name }),
    ...(matches.length > 0 && { match: matches.map(istioMatch) }),
    ...istioAction(route, conversion),
    ...(headers && { headers: istioHeaders(headers) }),
    ...(route.cors && { corsPolicy: corsPolicy(route.cors) }),
  };
}

function istioAction(route: Route, conversion: Conversion): Document {
  const { action } = route;
  if (action.kind === 'redirect') return { redirect: istioRedirect(action) };
  if (action.kind === 'direct')
    return {
      directResponse: { status: action.status, ...(action.body && { body: { string: action.body } }) },
    };
  return istioForward(action, route, conversion);
}

function istioRedirect({ status, scheme, authority, port, uri, prefixRewrite }: RedirectAction): Document {
  return {
    redirectCode: status,
    ...(scheme && { scheme }),
    ...(authority && { authority }),
    ...(port === 'request' ? { derivePort: 'FROM_REQUEST_PORT' } : port && { port }),
    ...(uri && { uri }),
    ...(prefixRewrite && { prefixRewrite }),
  };
}

function istioForward(action: ForwardAction, route: Route, conversion: Conversion): Document {
  const { destinations, rewrite, timeoutMs, retry, mirrors = [] } = action;
  const missing = destinations.filter(({ cluster }) => !conversion.clusters.has(cluster));
  if (missing.length === destinations.length)
    return { directResponse: { status: missing[0]?.missingStatus ?? 503 } };
  if (missing.some(({ missingStatus = 503 }) => missingStatus !== 503))
    conversion.note(
      route.source,
      'requests for the backend that is not there are answered with 503, not 500',
    );
  return {
    route: destinations.map((one) => istioDestination(one, destinations.length)),
    ...(rewrite && {
      rewrite: {
        ...(rewrite.authority && { authority: rewrite.authority }),
        ...(rewrite.uri && { uri: rewrite.uri }),
        ...(rewrite.regex && {
          uriRegexRewrite: { match: rewrite.regex.match, rewrite: rewrite.regex.substitution },
        }),
      },
    }),
    ...(timeoutMs && { timeout: `${timeoutMs / 1000}s` }),
    ...istioRetries(retry),
    ...(mirrors.length > 0 && {
      mirrors: mirrors.map(({ cluster, percent }) => ({
        destination: istioHost(cluster),
        percentage: { value: percent },
      })),
    }),
  };
}

function istioDestination({ cluster, weight, headers }: Destination, count: number): Document {
  return {
    destination: istioHost(cluster),
    ...(count > 1 && { weight }),
    ...(headers && { headers: istioHeaders(headers) }),
  };
}

function istioHost(cluster: string): Document {
  const { host, port, subset } = destinationOf(cluster) ?? { host: cluster, port: 80, subset: '' };
  return { host, port: { number: port }, ...(subset && { subset }) };
}

/** Nothing where it is what every route has. */
function istioRetries(retry: ForwardAction['retry']): Document {
  if (retry === undefined) return { retries: { attempts: 0 } };
  if (JSON.stringify(retry) === JSON.stringify(DEFAULT_RETRY)) return {};
  const { attempts, perTryTimeoutMs, on, statuses, backoffMs, repeatEndpoints } = retry;
  return {
    retries: {
      attempts,
      ...(perTryTimeoutMs && { perTryTimeout: `${perTryTimeoutMs / 1000}s` }),
      retryOn: [...on, ...statuses].join(','),
      backoff: `${backoffMs / 1000}s`,
      ...(repeatEndpoints && { retryIgnorePreviousHosts: false }),
    },
  };
}

function corsPolicy(cors: NonNullable<Route['cors']>): Document {
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, maxAgeSeconds, allowCredentials } = cors;
  return {
    allowOrigins: allowOrigins.map(istioString),
    ...(allowMethods.length > 0 && { allowMethods }),
    ...(allowHeaders.length > 0 && { allowHeaders }),
    ...(exposeHeaders.length > 0 && { exposeHeaders }),
    ...(maxAgeSeconds !== undefined && { maxAge: `${maxAgeSeconds}s` }),
    ...(allowCredentials && { allowCredentials }),
    unmatchedPreflights: cors.unmatchedPreflights === 'answer' ? 'IGNORE' : 'FORWARD',
  };
}
