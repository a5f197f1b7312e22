import type { RetryPolicy } from '../../snapshot/route.ts';
import type { HttpRule } from './spec-parts.ts';

const DEFAULT_ON = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'];
const BACKOFF_MS = 25;

/** Istio's defaultHttpRetryPolicy: what routes have that say nothing of retries. */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 2,
  on: DEFAULT_ON,
  statuses: [],
  backoffMs: BACKOFF_MS,
};

/** HTTPRetry. `attempts` 0 or unset switches retries off; bare codes in retryOn become statuses. */
export function retryPolicy(spec: HttpRule['retries']): RetryPolicy | undefined {
  if (!spec) return DEFAULT_RETRY;
  if (!spec.attempts) return undefined;
  const { on, statuses } = conditions(spec.retryOn);
  return {
    attempts: spec.attempts,
    ...(spec.perTryTimeout && { perTryTimeoutMs: spec.perTryTimeout }),
    on,
    statuses,
    backoffMs: spec.backoff ?? BACKOFF_MS,
    ...(spec.retryIgnorePreviousHosts === false && { repeatEndpoints: true }),
  };
}

function conditions(retryOn: string | undefined): Pick<RetryPolicy, 'on' | 'statuses'> {
  if (!retryOn) return { on: DEFAULT_ON, statuses: [] };
  const words = retryOn.split(',');
  const statuses = words.filter((word) => /^\d+$/.test(word)).map(Number);
  const on = words.filter((word) => !/^\d+$/.test(word));
  if (statuses.length > 0 && !on.includes('retriable-status-codes')) on.push('retriable-status-codes');
  return { on, statuses };
}
