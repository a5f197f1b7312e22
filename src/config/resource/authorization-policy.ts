import * as z from 'zod';
import { condition, operation, source } from './authorization-rule.ts';
import { problem, workloadSelector } from './field.ts';
import { checkAttachment, targetReference, targetReferences } from './target-reference.ts';

const rule = z.strictObject({
  from: z
    .array(z.strictObject({ source }))
    .min(1, 'from must not be empty; leave it out to mean any source')
    .max(512)
    .optional(),
  to: z
    .array(z.strictObject({ operation }))
    .min(1, 'to must not be empty; leave it out to mean any operation')
    .optional(),
  when: z.array(condition).min(1, 'when must not be empty; leave it out to mean always').optional(),
});

/** AuthorizationPolicy spec. `rules` absent matches nothing; `rules: [{}]` matches everything. */
export const authorizationPolicy = z
  .strictObject({
    selector: workloadSelector.optional(),
    targetRef: targetReference.optional(),
    targetRefs: targetReferences.optional(),
    action: z.enum(['ALLOW', 'DENY', 'AUDIT', 'CUSTOM']).default('ALLOW'),
    provider: z.strictObject({ name: z.string().optional() }).optional(),
    rules: z.array(rule).max(512).default([]),
  })
  .check(checkAttachment)
  .check((ctx) => {
    const { action, provider, rules } = ctx.value;
    if (action === 'CUSTOM' && !provider?.name)
      ctx.issues.push(problem(ctx.value, 'action CUSTOM needs provider.name', ['provider']));
    if ((action === 'CUSTOM' || action === 'DENY') && rules.length === 0)
      ctx.issues.push(
        problem(
          ctx.value,
          `${action} action without rules is meaningless as it will never be triggered, write rules: [{}] for every request`,
        ),
      );
    if (action !== 'CUSTOM' && provider !== undefined)
      ctx.issues.push(problem(ctx.value, 'provider is only for action CUSTOM', ['provider']));
  });
