import * as z from 'zod';
import { duration, durationOrZero } from './duration.ts';
import { atMostOne, mapOf, uint32 } from './field.ts';
import { checkLocalitySetting } from './locality-rules.ts';

const consistentHash = z
  .strictObject({
    httpHeaderName: z.string().min(1).optional(),
    httpCookie: z
      .strictObject({
        name: z.string().min(1, 'name is required'),
        path: z.string().optional(),
        ttl: durationOrZero.optional(),
        attributes: z.array(z.strictObject({ name: z.string(), value: z.string().optional() })).default([]),
      })
      .optional(),
    useSourceIp: z.boolean().optional(),
    httpQueryParameterName: z.string().min(1).optional(),
    ringHash: z.strictObject({ minimumRingSize: z.int().min(0).optional() }).optional(),
    maglev: z
      .strictObject({
        tableSize: z.int().min(0).max(5000011).refine(isPrimeOrZero, 'tableSize must be prime').optional(),
      })
      .optional(),
    minimumRingSize: z.int().min(0).optional(),
  })
  .check(
    atMostOne('httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'),
    atMostOne('ringHash', 'maglev'),
  );

const failover = z
  .array(z.strictObject({ from: z.string().optional(), to: z.string().optional() }))
  .default([]);

/** LocalityLoadBalancerSetting. */
export const localityLbSetting = z
  .strictObject({
    distribute: z
      .array(z.strictObject({ from: z.string().optional(), to: mapOf(uint32).optional() }))
      .default([]),
    failover,
    failoverPriority: z.array(z.string()).default([]),
    enabled: z.boolean().optional(),
  })
  .check(checkLocalitySetting);

const zoneAwareLbSetting = z.strictObject({
  enabled: z.boolean().optional(),
  failover,
  failoverPriority: z.array(z.string()).default([]),
  minClusterSize: z.int().min(1).optional(),
});

/** LoadBalancerSettings. `simple` absent or UNSPECIFIED is LEAST_REQUEST. */
export const loadBalancer = z
  .strictObject({
    simple: z
      .enum(['UNSPECIFIED', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST'])
      .optional(),
    consistentHash: consistentHash.optional(),
    localityLbSetting: localityLbSetting.optional(),
    zoneAwareLbSetting: zoneAwareLbSetting.optional(),
    warmupDurationSecs: duration.optional(),
    warmup: z
      .strictObject({
        duration,
        minimumPercent: z.number().min(0).max(100).default(10),
        aggression: z.number().min(1, 'must be at least 1').default(1),
      })
      .optional(),
  })
  .check(atMostOne('simple', 'consistentHash'));

function isPrimeOrZero(size: number): boolean {
  for (let divisor = 2; divisor * divisor <= size; divisor++) if (size % divisor === 0) return false;
  return size !== 1;
}
