import * as z from 'zod';
import { duration, durationOrZero } from './duration.ts';
import { uint32 } from './field.ts';
import { headerName, headerOperations } from './header-operations.ts';
import { destination, directResponse, redirect, rewrite, routeDestination } from './http-action.ts';
import { fault, percent } from './http-fault.ts';
import { httpMatch } from './http-match.ts';
import { retries } from './http-retry.ts';
import { checkHttpRoute } from './http-route-rules.ts';
import { stringMatch } from './string-match.ts';

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  '*',
] as const;

const corsPolicy = z.strictObject({
  allowOrigins: z.array(stringMatch).default([]),
  allowOrigin: z.array(z.string()).default([]),
  allowMethods: z.array(z.enum(METHODS)).default([]),
  allowHeaders: z.array(headerName).default([]),
  exposeHeaders: z.array(headerName).default([]),
  maxAge: duration.refine((ms) => ms % 1000 === 0, 'must be whole seconds').optional(),
  allowCredentials: z.boolean().optional(),
  unmatchedPreflights: z.enum(['UNSPECIFIED', 'FORWARD', 'IGNORE']).default('FORWARD'),
});

/** HTTPRoute: exactly one of route, redirect, directResponse, delegate. `timeout` 0 is none. */
export const httpRoute = z
  .strictObject({
    name: z.string().optional(),
    match: z.array(httpMatch).default([]),
    route: z.array(routeDestination).default([]),
    redirect: redirect.optional(),
    directResponse: directResponse.optional(),
    delegate: z.strictObject({ name: z.string().optional(), namespace: z.string().optional() }).optional(),
    rewrite: rewrite.optional(),
    timeout: durationOrZero.optional(),
    retries: retries.optional(),
    fault: fault.optional(),
    mirror: destination.optional(),
    mirrors: z.array(z.strictObject({ destination, percentage: percent.optional() })).default([]),
    mirrorPercentage: percent.optional(),
    mirrorPercent: uint32.max(100).optional(),
    mirror_percent: uint32.max(100).optional(),
    corsPolicy: corsPolicy.optional(),
    headers: headerOperations.optional(),
    /** Of Istio 0.8; still written. */
    websocketUpgrade: z.boolean().optional(),
  })
  .check(checkHttpRoute);
