import type { HeaderList } from '../../http/header-list.ts';
import type { TokenVerdict } from '../../identity/jwt/token-verdict.ts';
import type { JwtRule } from '../../snapshot/jwt-rule.ts';
import type { RateLimit } from '../../snapshot/rate-limit.ts';
import type { LimitStage } from './decision.ts';

/** What is known or was learned for a decision: one member for each need of an Ask that gives an answer. */
export interface Answers {
  /** Absent where nobody verifies tokens. */
  readonly tokens?: TokenAnswers;
  /** Absent while no authorizer was asked. */
  readonly checks?: CheckAnswers;
  /** Absent while nothing was counted. */
  readonly limits?: LimitAnswers;
}

/** What became of the limits of each stage. */
export interface LimitAnswers {
  /** Undefined while the request was not counted there. */
  get(stage: LimitStage): LimitVerdict | undefined;
}

/** What counting a request led to. */
export type LimitVerdict =
  | { readonly kind: 'passed' }
  /** The limit has no token; `fullInMs` is how long its bucket takes to be full again. */
  | { readonly kind: 'limited'; readonly limit: RateLimit; readonly fullInMs: number }
  /** Nobody can count, and the limit wants that refused. */
  | { readonly kind: 'unavailable'; readonly limit: RateLimit };

/** What authorizers said. */
export interface CheckAnswers {
  /** Undefined while the authorizer of that name was not asked. */
  get(authorizer: string): CheckAnswer | undefined;
}

/** What became of a check (AuthorizationPolicy CUSTOM). */
export type CheckAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: HeaderList;
      readonly body: string;
    }
  /** The request's body is longer than the authorizer may see. */
  | { readonly kind: 'too-large' }
  /** It could not be asked, or did not answer in time. */
  | { readonly kind: 'failed' };

/** What became of tokens. */
export interface TokenAnswers {
  /** Undefined while it is not known; `now` is in ms since the epoch. */
  verdict(rule: JwtRule, token: string, now: number): TokenVerdict | undefined;
}
