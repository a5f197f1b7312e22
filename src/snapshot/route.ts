import type { NamedMatch, StringMatch } from '../match/value-match.ts';

/** Hosts that share one ordered list of routes. First match wins (VirtualService.http). */
export interface VirtualHost {
  readonly name: string;
  /** Lower-case: exact names, `*.suffix` or `*`; without port. */
  readonly domains: readonly string[];
  readonly routes: readonly Route[];
}

export interface Route {
  /** VirtualService http[].name, or empty. */
  readonly name: string;
  /** Key into the sources blob, e.g. `VirtualService/default/reviews/http/0`. */
  readonly source: string;
  /** Any of these; empty = every request. */
  readonly matches: readonly RouteMatch[];
  readonly action: RouteAction;
  /** Applied to the request before it is forwarded, and to the response before it is returned. */
  readonly headers?: HeaderOperations;
  /** Before anything else is done with the request; never on redirects. */
  readonly fault?: Fault;
  /** After the fault; answers preflights before anything is forwarded. */
  readonly cors?: Cors;
}

/** CorsPolicy. The lists are printed in their order; empty ones are left out. */
export interface Cors {
  /** Any of these on Origin; an exact `*` is every origin. */
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
  readonly allowCredentials?: true;
  /** A preflight of another origin goes to the upstream, or is answered with 200 and no permission. */
  readonly unmatchedPreflights: 'forward' | 'answer';
}

/** HTTPFaultInjection: the delay is drawn and waited for first, then the abort is drawn. Percent above 0, to 100. */
export interface Fault {
  readonly delay?: { readonly ms: number; readonly percent: number };
  /** `grpcStatus` is a number of gRPC; `status` is what other clients get. */
  readonly abort?: { readonly status: number; readonly grpcStatus?: number; readonly percent: number };
}

/** All conditions hold (HTTPMatchRequest). Gateways, ports, source labels are resolved by the compiler. */
export interface RouteMatch {
  readonly name?: string;
  readonly path?: StringMatch;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers?: readonly NamedMatch[];
  readonly queryParams?: readonly NamedMatch[];
  /** Of the verified token; a request without one satisfies none of them. */
  readonly claims?: readonly ClaimMatch[];
}

/** A condition on a claim (`@request.auth.claims`). */
export interface ClaimMatch {
  /** From the top of the payload downwards. */
  readonly path: readonly string[];
  /** On the claim, or any item of a list; absent = it is a string or a list of some. */
  readonly match?: StringMatch;
  /** `withoutHeaders`. */
  readonly invert?: boolean;
}

export type RouteAction = ForwardAction | RedirectAction | DirectResponseAction;

export interface ForwardAction {
  readonly kind: 'forward';
  /** At least one; weights are shares of their sum. */
  readonly destinations: readonly Destination[];
  readonly rewrite?: Rewrite;
  /** Whole-request timeout in ms, retries included; absent = none. */
  readonly timeoutMs?: number;
  readonly retry?: RetryPolicy;
  /** Copies of the request that nobody waits for. */
  readonly mirrors?: readonly Mirror[];
}

/** HTTPMirrorPolicy. */
export interface Mirror {
  /** Cluster name. */
  readonly cluster: string;
  /** Share of requests, above 0, to 100. */
  readonly percent: number;
}

export interface Destination {
  /** Cluster name. */
  readonly cluster: string;
  readonly weight: number;
  readonly headers?: HeaderOperations;
  /** What is answered where the snapshot has no such cluster; 503 unless it says so (Gateway API: 500). */
  readonly missingStatus?: number;
}

export interface Rewrite {
  readonly authority?: string;
  /** Replaces the matched prefix, or the whole path after an exact or regex match. */
  readonly uri?: string;
  readonly regex?: { readonly match: string; readonly substitution: string };
}

export interface RedirectAction {
  readonly kind: 'redirect';
  readonly status: number;
  readonly scheme?: string;
  readonly authority?: string;
  readonly port?: number | 'request';
  readonly uri?: string;
  readonly prefixRewrite?: string;
}

export interface DirectResponseAction {
  readonly kind: 'direct';
  readonly status: number;
  readonly body: string;
}

/** VirtualService Headers: within one level remove, then set, then add. Names lower-case. */
export interface HeaderOperations {
  readonly request?: HeaderChange;
  readonly response?: HeaderChange;
}

export interface HeaderChange {
  readonly remove: readonly string[];
  readonly set: readonly (readonly [string, string])[];
  readonly add: readonly (readonly [string, string])[];
}

/** VirtualService HTTPRetry, resolved. */
export interface RetryPolicy {
  /** Retries after the first attempt; at least 1. */
  readonly attempts: number;
  readonly perTryTimeoutMs?: number;
  /** Envoy retry_on names, e.g. `connect-failure`, `5xx`. */
  readonly on: readonly string[];
  /** Upstream statuses to retry. */
  readonly statuses: readonly number[];
  readonly backoffMs: number;
  /** Whether an endpoint that was tried may be tried again while there are others (retryIgnorePreviousHosts false). */
  readonly repeatEndpoints?: true;
}
