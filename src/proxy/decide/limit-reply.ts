import type { RateLimit } from '../../snapshot/rate-limit.ts';
import { tokenRate, waitForToken } from '../limits/token-bucket.ts';
import type { LimitVerdict } from './answers.ts';
import type { Reply } from './decision.ts';
import { localReply } from './reply.ts';

type Limited = Extract<LimitVerdict, { kind: 'limited' }>;

/**
 * 429 with `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) and `Retry-After`, in whole seconds
 * rounded up.
 */
export function refuseOverLimit({ limit, fullInMs }: Limited): Reply {
  const { scope, id, name, requests, periodMs, burst } = limit;
  const waitMs = waitForToken(fullInMs, tokenRate(requests, periodMs, burst));
  const seconds = String(Math.max(1, Math.ceil(waitMs / 1000)));
  const why = scope === 'local' ? 'local_rate_limited' : 'request_rate_limited';
  return {
    ...localReply(429, 'RL', `${why}{${id}}`),
    headers: [
      ['content-type', 'text/plain'],
      ['retry-after', seconds],
      ['ratelimit-policy', `"${name}";q=${requests}${windowOf(periodMs)}`],
      ['ratelimit', `"${name}";r=0;t=${seconds}`],
    ],
    body: 'rate limit exceeded',
  };
}

/** 503 where nobody can count, and `onBackendFailure` is `deny`. */
export function refuseUncounted({ id }: RateLimit): Reply {
  return localReply(503, 'RLSE', `rate_limiter_error{${id}}`);
}

/** The draft knows whole seconds; what is none is not told. */
function windowOf(periodMs: number): string {
  return periodMs % 1000 === 0 ? `;w=${periodMs / 1000}` : '';
}
