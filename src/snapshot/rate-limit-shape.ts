import { limit } from './limit.ts';
import { attribute, rule } from './policy-shape.ts';
import type { RateLimit } from './rate-limit.ts';
import { integer, list, oneOf, optional, record, type Shape, text } from './shape.ts';

/** More would not fit the arithmetic of a bucket. */
const MOST = 1_000_000_000;

export const rateLimit: Shape<RateLimit> = record<RateLimit>({
  source: text(),
  id: text(),
  name: text(63),
  gateways: optional(list(text())),
  rules: list(rule),
  key: list(attribute, 16),
  requests: integer(1, MOST),
  periodMs: integer(1, limit.rateLimitPeriod),
  burst: integer(1, MOST),
  scope: oneOf('local', 'global'),
  onBackendFailure: oneOf('allow', 'deny'),
});
