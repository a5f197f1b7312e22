import * as z from 'zod';
import { clientTls } from './client-tls.ts';
import { connectionPool } from './connection-pool.ts';
import { duration } from './duration.ts';
import { int32, portNumber, portSelector, uint32 } from './field.ts';
import { hostProblem, isAddress } from './host-name.ts';
import { loadBalancer } from './load-balancer.ts';

const percentInt = int32.min(0, 'must be between 0 and 100').max(100, 'must be between 0 and 100');

const outlierDetection = z.strictObject({
  consecutiveErrors: int32.optional(),
  consecutive5xxErrors: uint32.optional(),
  consecutiveGatewayErrors: uint32.optional(),
  consecutiveLocalOriginFailures: uint32.optional(),
  splitExternalLocalOriginErrors: z.boolean().optional(),
  interval: duration.optional(),
  baseEjectionTime: duration.optional(),
  maxEjectionPercent: percentInt.optional(),
  minHealthPercent: percentInt.optional(),
  outlierDetectionHttpErrorCodes: z.array(z.int().min(100).max(599)).optional(),
});

const blocks = {
  loadBalancer: loadBalancer.optional(),
  connectionPool: connectionPool.optional(),
  outlierDetection: outlierDetection.optional(),
  tls: clientTls.optional(),
};

/** TrafficPolicy; its blocks are inherited and replaced as a whole. */
export const trafficPolicy = z
  .strictObject({
    ...blocks,
    portLevelSettings: z
      .array(z.strictObject({ ...blocks, port: portSelector }))
      .max(4096)
      .default([]),
    tunnel: z
      .strictObject({
        protocol: z.enum(['CONNECT', 'POST']).default('CONNECT'),
        targetHost: z.string().superRefine(checkTargetHost),
        targetPort: portNumber,
      })
      .optional(),
    proxyProtocol: z.strictObject({ version: z.enum(['V1', 'V2']).default('V1') }).optional(),
    retryBudget: z
      .strictObject({
        percent: z.number().min(0).max(100).default(20),
        minRetryConcurrency: uint32.default(3),
        budgetInterval: duration.optional(),
      })
      .optional(),
  })
  .refine((policy) => Object.values(policy).some((part) => part !== undefined && !isEmpty(part)), {
    message: 'trafficPolicy must set at least one field',
  });

function checkTargetHost(host: string, ctx: z.RefinementCtx): void {
  const message = host.includes('*')
    ? 'must be a full host name'
    : isAddress(host)
      ? undefined
      : hostProblem(host);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
}

function isEmpty(part: unknown): boolean {
  return Array.isArray(part) && part.length === 0;
}
