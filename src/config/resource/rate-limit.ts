import * as z from 'zod';
import { condition, operationFields } from './authorization-rule.ts';
import { rateLimitKeyProblem } from './condition-key.ts';
import { duration } from './duration.ts';
import { problem, workloadSelector } from './field.ts';
import { checkAttachment, targetReference, targetReferences } from './target-reference.ts';

const DAY_MS = 86_400_000;
const MOST = 1_000_000_000;
/** Buckets are told in parts of a microsecond; more would be off by more than 3 %. */
const PER_MS = 100;
/** An empty bucket is full after this at the latest, so that stores need not keep it longer. */
const LONGEST_FILL_MS = 30 * DAY_MS;

const count = z.int().min(1).max(MOST);

const match = z
  .strictObject({
    ...operationFields,
    when: z.array(condition).min(1, 'when must not be empty; leave it out to mean always').optional(),
  })
  .check((ctx) => {
    if (Object.values(ctx.value).every((field) => field === undefined))
      ctx.issues.push(
        problem(ctx.value, 'must set at least one field; leave match out to count every request'),
      );
  });

const key = z.string().superRefine((text, ctx) => {
  const message = rateLimitKeyProblem(text);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
});

const limit = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
        'must be lower-case letters, digits and "-", at most 63',
      ),
    match: z
      .array(match)
      .min(1, 'match must not be empty; leave it out to count every request')
      .max(512)
      .optional(),
    requests: count,
    period: duration.refine((ms) => ms <= DAY_MS, 'must be at most 24h').prefault('1s'),
    burst: count.optional(),
    key: z.array(key).max(16).default([]),
    scope: z.enum(['local', 'global']).default('local'),
    onBackendFailure: z.enum(['allow', 'deny']).optional(),
  })
  .check((ctx) => {
    const { requests, period, burst = requests, key: keys, scope, onBackendFailure } = ctx.value;
    if (requests > period * PER_MS)
      ctx.issues.push(
        problem(ctx.value, 'more than 100 requests a millisecond cannot be counted', ['requests']),
      );
    if ((burst * period) / requests > LONGEST_FILL_MS)
      ctx.issues.push(problem(ctx.value, 'so many would take more than 30 days to come back', ['burst']));
    if (new Set(keys).size !== keys.length)
      ctx.issues.push(problem(ctx.value, 'an entry is listed twice', ['key']));
    if (scope === 'local' && onBackendFailure !== undefined)
      ctx.issues.push(problem(ctx.value, 'onBackendFailure is only for scope: global', ['onBackendFailure']));
  });

/** RateLimit spec: how many requests of a kind a proxy, or all of them together, let pass in a time. */
export const rateLimit = z
  .strictObject({
    selector: workloadSelector.optional(),
    targetRef: targetReference.optional(),
    targetRefs: targetReferences.optional(),
    limits: z.array(limit).min(1, 'limits must not be empty').max(64),
  })
  .check(checkAttachment)
  .check((ctx) => {
    const names = ctx.value.limits.map(({ name }) => name);
    for (const [i, name] of names.entries())
      if (names.indexOf(name) < i)
        ctx.issues.push(problem(ctx.value, `the name ${name} is given twice`, ['limits', i, 'name']));
  });
