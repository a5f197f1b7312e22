import type { CanonicalRequest } from '../../http/message.ts';
import type { JwtRule } from '../../snapshot/jwt-rule.ts';
import type { RateLimit } from '../../snapshot/rate-limit.ts';
import type { RetryPolicy } from '../../snapshot/route.ts';
import type { Answers } from './answers.ts';
import type { CompiledAuthorizer } from './compiled-authorizer.ts';

/** What `decide` says: answer here, send on, or what it must know first. */
export type Decision = Reply | Forward | Ask;

/** Envoy's response flags; `-` is none. */
export type ResponseFlag =
  | '-'
  | 'NR'
  | 'NC'
  | 'UH'
  | 'UF'
  | 'UO'
  | 'UT'
  | 'UC'
  | 'URX'
  | 'RL'
  | 'RLSE'
  | 'FI'
  | 'DI'
  | 'UAEX'
  | 'DC'
  | 'DPE';

/** A local answer. `status` 0 closes the connection without one (STRICT and plaintext). */
export interface Reply {
  readonly kind: 'reply';
  readonly status: number;
  /** Lower-case names. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly flag: ResponseFlag;
  /** Envoy's response code details, e.g. `route_not_found`. */
  readonly details: string;
  /** Source key of the route that answered, or empty. */
  readonly route: string;
  /** To clients of gRPC, in place of what `status` means to them. */
  readonly grpcStatus?: number;
  /** Injected wait before the answer, ms; absent = none. */
  readonly delayMs?: number;
}

export interface Forward {
  readonly kind: 'forward';
  /** Cluster name. */
  readonly cluster: string;
  /** Source key of the route, or empty (inbound, passthrough). */
  readonly route: string;
  /** The only differences between what was judged and what is forwarded, in order. */
  readonly requestEdits: readonly Edit[];
  readonly responseEdits: readonly Edit[];
  /** Whole-request timeout in ms; 0 = none. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy | undefined;
  /** Clusters that get a copy of the request; absent = none. */
  readonly mirrors?: readonly string[];
  /** Injected wait before anything is sent, ms; outside of `timeoutMs`. Absent = none. */
  readonly delayMs?: number;
}

/** One change of a head. Header names are lower-case. `path` may carry no query; the query is kept. */
export type Edit =
  | { readonly kind: 'set'; readonly name: string; readonly value: string }
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'path'; readonly value: string }
  /** With its `?`, or empty. */
  | { readonly kind: 'query'; readonly value: string }
  | { readonly kind: 'authority'; readonly value: string };

/** Something the core cannot know by itself; a driver learns it and decides again. */
export type Ask = AskSnapshot | AskToken | AskCheck | AskLimits;

/** A part of the snapshot; absent `wanted`, this process has none yet. */
export interface AskSnapshot {
  readonly kind: 'ask';
  readonly need: 'snapshot';
  readonly wanted?: WantedHost;
}

/** A host of a sharded snapshot whose routes, or the endpoints that they lead to, were not read yet. */
export interface WantedHost {
  readonly host: string;
  /** Numbers of the shards that may have it and are not loaded. */
  readonly shards: readonly number[];
}

/** Tokens of the request that nobody has judged yet; answered in `answers.tokens`. */
export interface AskToken {
  readonly kind: 'ask';
  readonly need: 'token';
  readonly questions: readonly TokenQuestion[];
}

/** Whether the token counts under the rule. */
export interface TokenQuestion {
  readonly rule: JwtRule;
  readonly token: string;
}

/** What an authorizer says of the request (AuthorizationPolicy CUSTOM); answered in `answers.checks` by its name. */
export interface AskCheck {
  readonly kind: 'ask';
  readonly need: 'check';
  readonly authorizer: CompiledAuthorizer;
  /** As it was judged so far. */
  readonly request: CanonicalRequest;
}

/** A token of every limit that counts the request at this stage; answered in `answers.limits` by the stage. */
export interface AskLimits {
  readonly kind: 'ask';
  readonly need: 'limits';
  readonly stage: LimitStage;
  /** Never empty. */
  readonly takings: readonly Taking[];
}

/** Where limits are counted: before anybody is asked who this is, or once policies have let the request pass. */
export type LimitStage = 'arrival' | 'authorized';

/** One limit, and which of its buckets the request takes from. */
export interface Taking {
  readonly limit: RateLimit;
  readonly key: string;
}

/** Time and chance, given from outside so that a decision can be repeated. */
export interface Inputs {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Uniform in [0, 1). */
  readonly draw: () => number;
  /** Cryptographically strong random bytes, for request ids. */
  readonly bytes: (length: number) => Uint8Array;
  /** What is known already, and what was learned for this request. */
  readonly answers?: Answers | undefined;
}
