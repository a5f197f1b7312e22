import * as z from 'zod';
import { duration } from './duration.ts';
import { mapOf, problem, workloadSelector } from './field.ts';
import { checkAttachment, targetReference, targetReferences } from './target-reference.ts';
import { accessLogFilter } from './telemetry-filter.ts';

const providers = z.array(z.strictObject({ name: z.string().min(1) })).default([]);
const mode = z.enum(['CLIENT_AND_SERVER', 'CLIENT', 'SERVER']).default('CLIENT_AND_SERVER');
const named = { name: z.string().min(1), defaultValue: z.string().optional() };

const TAG_KINDS = ['literal', 'environment', 'header', 'formatter'] as const;

const customTag = z
  .strictObject({
    literal: z.strictObject({ value: z.string().min(1) }).optional(),
    environment: z.strictObject(named).optional(),
    header: z.strictObject(named).optional(),
    formatter: z.strictObject({ value: z.string().min(1) }).optional(),
  })
  .refine((tag) => TAG_KINDS.filter((kind) => tag[kind] !== undefined).length <= 1, {
    message: 'only one of literal, environment, header or formatter can be set',
  });

const customTags = mapOf(customTag.nullable()).check((ctx) => {
  for (const [name, tag] of ctx.value)
    if (tag === null) ctx.issues.push(problem(ctx.value, `tag '${name}' may not have a nil value`, [name]));
});

const tracing = z.strictObject({
  match: z.strictObject({ mode }).optional(),
  providers,
  randomSamplingPercentage: z.number().min(0).max(100).optional(),
  disableSpanReporting: z.boolean().optional(),
  disableContextPropagation: z.boolean().optional(),
  enableIstioTags: z.boolean().optional(),
  useRequestIdForTraceSampling: z.boolean().optional(),
  customTags: customTags.optional(),
});

/** Names of Istio's standard metrics in Telemetry; ALL_METRICS is each of them. */
export const standardMetrics = [
  'ALL_METRICS',
  'REQUEST_COUNT',
  'REQUEST_DURATION',
  'REQUEST_SIZE',
  'RESPONSE_SIZE',
  'TCP_OPENED_CONNECTIONS',
  'TCP_CLOSED_CONNECTIONS',
  'TCP_SENT_BYTES',
  'TCP_RECEIVED_BYTES',
  'GRPC_REQUEST_MESSAGES',
  'GRPC_RESPONSE_MESSAGES',
] as const;

const tagOverride = z
  .strictObject({ operation: z.enum(['UPSERT', 'REMOVE']).default('UPSERT'), value: z.string().optional() })
  .check((ctx) => {
    const { operation, value } = ctx.value;
    if (operation === 'REMOVE' && value)
      ctx.issues.push(problem(ctx.value, 'value must not be set when operation is REMOVE', ['value']));
    if (operation === 'UPSERT' && !value)
      ctx.issues.push(problem(ctx.value, 'value must be set when operation is UPSERT'));
  });

const metrics = z.strictObject({
  providers,
  overrides: z
    .array(
      z.strictObject({
        match: z
          .strictObject({
            metric: z.enum(standardMetrics).optional(),
            customMetric: z.string().min(1).optional(),
            mode,
          })
          .refine((match) => match.metric === undefined || match.customMetric === undefined, {
            message: 'only one of metric or customMetric can be set',
          })
          .optional(),
        disabled: z.boolean().optional(),
        tagOverrides: mapOf(tagOverride).optional(),
      }),
    )
    .default([]),
  reportingInterval: duration.optional(),
});

const accessLogging = z.strictObject({
  match: z.strictObject({ mode }).optional(),
  providers,
  disabled: z.boolean().optional(),
  filter: z.strictObject({ expression: accessLogFilter.optional() }).optional(),
});

/** Telemetry spec. */
export const telemetry = z
  .strictObject({
    selector: workloadSelector.optional(),
    targetRef: targetReference.optional(),
    targetRefs: targetReferences.optional(),
    tracing: z.array(tracing).default([]),
    metrics: z.array(metrics).default([]),
    accessLogging: z.array(accessLogging).default([]),
  })
  .check(checkAttachment);
