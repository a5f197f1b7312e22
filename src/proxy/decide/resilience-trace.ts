import type { Mirror, RetryPolicy } from '../../snapshot/route.ts';
import type { Context } from './chain.ts';
import type { ForwardPlan } from './compiled-route.ts';

/** Tells of the timeout and the retries of a route. */
export function traceResilience({ timeoutMs, retry }: ForwardPlan, source: string, { trace }: Context): void {
  if (trace === undefined) return;
  const timeout = timeoutMs > 0 ? `timeout ${timeoutMs} ms` : 'no timeout';
  trace.add({ step: 'resilience', verdict: 'pass', text: `${timeout}, ${retryText(retry)}`, source });
}

/** Tells which mirrors a request has. */
export function traceMirrors(
  mirrors: readonly Mirror[],
  drawn: readonly string[],
  source: string,
  { trace }: Context,
): void {
  for (const { cluster, percent } of mirrors) {
    const met = drawn.includes(cluster);
    const text = `${percent} % of requests are copied to ${cluster}${met ? '' : '; not this one'}`;
    trace?.add({ step: 'mirror', verdict: met ? 'match' : 'skip', text, source });
  }
}

/** `3 retries on 5xx, 500 ms per try`. */
export function retryText(retry: RetryPolicy | undefined): string {
  if (retry === undefined) return 'no retries';
  const { attempts, on, statuses, perTryTimeoutMs } = retry;
  const conditions = [...on.filter((one) => one !== 'retriable-status-codes'), ...statuses].join(', ');
  const perTry = perTryTimeoutMs ? `, ${perTryTimeoutMs} ms per try` : '';
  return `${attempts} ${attempts === 1 ? 'retry' : 'retries'} on ${conditions}${perTry}`;
}
