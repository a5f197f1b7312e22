import * as z from 'zod';
import { parseDuration } from './parse-duration.ts';

const VALID_DURATION = 'must be a valid duration greater than 1ms, such as 1h, 1m, 1.5s or 100ms';

/** Ms; at least 1 ms and whole, as the CRDs and Istio's ValidateDuration demand. */
export const duration = durationOf((ms) => (ms < 1 ? VALID_DURATION : undefined));

/** Ms; `0s` is allowed and means off or unlimited. */
export const durationOrZero = durationOf((ms) =>
  ms !== 0 && ms < 1 ? 'must be 0s or at least 1ms' : undefined,
);

function durationOf(problem: (ms: number) => string | undefined) {
  return z.string().transform((text, ctx): number => {
    const ms = parseDuration(text);
    const message = ms === undefined ? VALID_DURATION : problem(ms);
    if (ms !== undefined && message === undefined && Number.isInteger(ms)) return ms;
    ctx.addIssue({ code: 'custom', message: message ?? 'must be whole milliseconds' });
    return z.NEVER;
  });
}
