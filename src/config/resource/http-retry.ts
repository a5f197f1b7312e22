import * as z from 'zod';
import { duration } from './duration.ts';
import { problem } from './field.ts';

const CONDITIONS = new Set(
  (
    '5xx,gateway-error,reset,reset-before-request,connect-failure,envoy-ratelimited,retriable-4xx,refused-stream,' +
    'retriable-status-codes,retriable-headers,http3-post-connect-failure,cancelled,deadline-exceeded,internal,' +
    'resource-exhausted,unavailable'
  ).split(','),
);

/** HTTPRetry. `retryOn` is a comma list of Envoy conditions and HTTP status codes. */
export const retries = z
  .strictObject({
    attempts: z.int().min(0, 'attempts must not be negative').max(2147483647).optional(),
    perTryTimeout: duration.optional(),
    backoff: duration.optional(),
    retryOn: z.string().superRefine(checkConditions).optional(),
    retryRemoteLocalities: z.boolean().optional(),
    retryIgnorePreviousHosts: z.boolean().optional(),
  })
  .check((ctx) => {
    if ((ctx.value.attempts ?? 0) > 0) return;
    for (const key of ['perTryTimeout', 'retryOn', 'retryRemoteLocalities'] as const) {
      if (ctx.value[key])
        ctx.issues.push(problem(ctx.value, `${key} cannot be set when attempts is 0 or unset`, [key]));
    }
  });

function checkConditions(text: string, ctx: z.RefinementCtx): void {
  for (const condition of text === '' ? [] : text.split(',')) {
    const status = /^\d{3}$/.test(condition) ? Number(condition) : 0;
    if (CONDITIONS.has(condition) || (status >= 100 && status <= 599)) continue;
    ctx.addIssue({ code: 'custom', message: `"${condition}" is not a retryOn condition or status code` });
  }
}
