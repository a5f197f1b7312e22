import * as z from 'zod';
import { problem } from '../resource/field.ts';
import { filterUnion, notRepeated } from './filter-union.ts';
import { COMMON_FILTERS, commonFilterFields } from './http-filter.ts';
import { namedMatches, regexProblem } from './http-match.ts';
import { MAX_MATCHES, TOO_MANY_MATCHES } from './http-route.ts';
import { parentReferences } from './parent-reference.ts';
import { filteredBackend, hostname, sectionName } from './reference.ts';
import { distinctRuleNames } from './rule.ts';
import { sessionPersistence } from './session-persistence.ts';

const SERVICE = /^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$/i;
const METHOD = /^[A-Za-z_][A-Za-z_0-9]*$/;

const methodMatch = z
  .strictObject({
    type: z.enum(['Exact', 'RegularExpression']).default('Exact'),
    service: z.string().max(1024).optional(),
    method: z.string().max(1024).optional(),
  })
  .check((ctx) => {
    const { type, service, method } = ctx.value;
    const report = (message: string, ...path: string[]) => ctx.issues.push(problem(ctx.value, message, path));
    if (!service && !method) report("One or both of 'service' or 'method' must be specified");
    if (type === 'RegularExpression') {
      const wrong = [service, method].map((text) => text && regexProblem(text)).find(Boolean);
      if (wrong) report(wrong);
      return;
    }
    if (service && !SERVICE.test(service))
      report(
        'service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)',
        'service',
      );
    if (method && !METHOD.test(method))
      report(`method must only contain valid characters (matching ${METHOD.source})`, 'method');
  });

const grpcMatch = z.strictObject({ method: methodMatch.optional(), headers: namedMatches(4096, true) });

/** GRPCRouteMatch: all of its conditions hold. */
export type GrpcMatch = z.output<typeof grpcMatch>;

const grpcFilters = z
  .array(
    z
      .strictObject({
        type: z.enum(['ResponseHeaderModifier', 'RequestHeaderModifier', 'RequestMirror', 'ExtensionRef']),
        ...commonFilterFields,
      })
      .check(filterUnion(COMMON_FILTERS)),
  )
  .max(16)
  .check(notRepeated('RequestHeaderModifier', 'ResponseHeaderModifier'))
  .default([]);

const grpcRule = z.strictObject({
  name: sectionName.optional(),
  matches: z.array(grpcMatch).max(64).default([]),
  filters: grpcFilters,
  backendRefs: z.array(filteredBackend(grpcFilters)).max(16).default([]),
  sessionPersistence: sessionPersistence.optional(),
});

/** A rule of a GRPCRoute. */
export type GrpcRule = z.output<typeof grpcRule>;

/** GRPCRoute spec. */
export const grpcRoute = z.strictObject({
  parentRefs: parentReferences,
  hostnames: z.array(hostname).max(16).default([]),
  rules: z
    .array(grpcRule)
    .max(16)
    .check(distinctRuleNames, (ctx) => {
      const matches = ctx.value.reduce((sum, rule) => sum + rule.matches.length, 0);
      if (matches > MAX_MATCHES) ctx.issues.push(problem(ctx.value, TOO_MANY_MATCHES));
    })
    .default([]),
  useDefaultGateways: z.enum(['All', 'None']).optional(),
});
