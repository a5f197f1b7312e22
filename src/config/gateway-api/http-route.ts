import * as z from 'zod';
import { problem } from '../resource/field.ts';
import { gatewayDuration } from './gateway-duration.ts';
import { httpFilters } from './http-filter.ts';
import { httpMatches } from './http-match.ts';
import { checkHttpRule } from './http-rule-check.ts';
import { parentReferences } from './parent-reference.ts';
import { filteredBackend, hostname, sectionName } from './reference.ts';
import { distinctRuleNames } from './rule.ts';
import { sessionPersistence } from './session-persistence.ts';

const timeouts = z
  .strictObject({ request: gatewayDuration.optional(), backendRequest: gatewayDuration.optional() })
  .refine(
    ({ request, backendRequest }) => !request || (backendRequest ?? 0) <= request,
    'backendRequest timeout cannot be longer than request timeout',
  );

const retry = z.strictObject({
  codes: z.array(z.int().min(400).max(599)).default([]),
  attempts: z.int().optional(),
  backoff: gatewayDuration.optional(),
});

const httpRule = z
  .strictObject({
    name: sectionName.optional(),
    matches: httpMatches,
    filters: httpFilters,
    backendRefs: z.array(filteredBackend(httpFilters)).max(16).default([]),
    timeouts: timeouts.optional(),
    retry: retry.optional(),
    sessionPersistence: sessionPersistence.optional(),
  })
  .check(checkHttpRule);

/** A rule of an HTTPRoute. */
export type HttpRule = z.output<typeof httpRule>;

/** The most matches that the rules of a route may have together. */
export const MAX_MATCHES = 128;

/** The rule's own words for that. */
export const TOO_MANY_MATCHES =
  'While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route ' +
  'must be less than 128';

/** HTTPRoute spec. */
export const kubernetesHttpRoute = z.strictObject({
  parentRefs: parentReferences,
  hostnames: z.array(hostname).max(16).default([]),
  rules: z
    .array(httpRule)
    .min(1)
    .max(16)
    .check(distinctRuleNames, (ctx) => {
      const matches = ctx.value.reduce((sum, rule) => sum + rule.matches.length, 0);
      if (matches > MAX_MATCHES) ctx.issues.push(problem(ctx.value, TOO_MANY_MATCHES));
    })
    .prefault(() => [{}]),
  useDefaultGateways: z.enum(['All', 'None']).optional(),
});
