import * as z from 'zod';
import { int32, labelSelector, problem, uint32 } from './field.ts';
import { targetReferences } from './target-reference.ts';

const APPLY_TO = [
  'INVALID',
  'LISTENER',
  'FILTER_CHAIN',
  'NETWORK_FILTER',
  'HTTP_FILTER',
  'ROUTE_CONFIGURATION',
  'VIRTUAL_HOST',
  'HTTP_ROUTE',
  'CLUSTER',
  'EXTENSION_CONFIG',
  'BOOTSTRAP',
  'LISTENER_FILTER',
] as const;
const OPERATIONS = [
  'INVALID',
  'MERGE',
  'ADD',
  'REMOVE',
  'INSERT_BEFORE',
  'INSERT_AFTER',
  'INSERT_FIRST',
  'REPLACE',
  'MERGE_AND_REPLACE_LIST',
] as const;
const OBJECTS = ['listener', 'routeConfiguration', 'cluster', 'waypoint'] as const;

const match = z
  .strictObject({
    context: z.enum(['ANY', 'SIDECAR_INBOUND', 'SIDECAR_OUTBOUND', 'GATEWAY', 'WAYPOINT']).default('ANY'),
    proxy: z.looseObject({}).optional(),
    listener: z.looseObject({ portNumber: uint32.optional(), name: z.string().optional() }).optional(),
    routeConfiguration: z.looseObject({ name: z.string().optional() }).optional(),
    cluster: z.looseObject({ name: z.string().optional() }).optional(),
    waypoint: z.looseObject({}).optional(),
  })
  .check((ctx) => {
    const waypoint = ctx.value.context === 'WAYPOINT';
    const set = OBJECTS.filter((name) => ctx.value[name] !== undefined);
    if (set.length > 1) ctx.issues.push(problem(ctx.value, `only one of ${set.join(' and ')} can be set`));
    if (set.some((name) => (name === 'waypoint') !== waypoint))
      ctx.issues.push(
        problem(ctx.value, 'Invalid value: "object": only support waypointMatch when context is WAYPOINT'),
      );
  });

/** EnvoyFilter spec; what is inside `patch.value` is Envoy's. */
export const envoyFilter = z
  .strictObject({
    workloadSelector: labelSelector.optional(),
    targetRefs: targetReferences.optional(),
    priority: int32.optional(),
    configPatches: z
      .array(
        z.strictObject({
          applyTo: z.enum(APPLY_TO).optional(),
          match: match.optional(),
          patch: z
            .strictObject({
              operation: z.enum(OPERATIONS).optional(),
              value: z.looseObject({}).optional(),
              filterClass: z.enum(['UNSPECIFIED', 'AUTHN', 'AUTHZ', 'STATS']).optional(),
            })
            .optional(),
        }),
      )
      .default([]),
  })
  .refine((spec) => spec.workloadSelector === undefined || spec.targetRefs === undefined, {
    message: 'only one of targetRefs or workloadSelector can be set',
  });
