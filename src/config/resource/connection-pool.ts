import * as z from 'zod';
import { duration, durationOrZero } from './duration.ts';
import { int32, uint32 } from './field.ts';

const count = int32.min(0, 'must not be negative');

/** ConnectionPoolSettings. */
export const connectionPool = z
  .strictObject({
    http: z
      .strictObject({
        http1MaxPendingRequests: count.optional(),
        http2MaxRequests: count.optional(),
        maxRequestsPerConnection: count.optional(),
        maxRetries: count.optional(),
        maxConcurrentStreams: count.optional(),
        idleTimeout: durationOrZero.optional(),
        h2UpgradePolicy: z.enum(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']).default('DEFAULT'),
        useClientProtocol: z.boolean().optional(),
        http2KeepAlive: z.strictObject({ interval: duration, timeout: duration.optional() }).optional(),
      })
      .optional(),
    tcp: z
      .strictObject({
        maxConnections: count.optional(),
        connectTimeout: duration.optional(),
        idleTimeout: durationOrZero.optional(),
        maxConnectionDuration: duration.optional(),
        tcpKeepalive: z
          .strictObject({
            interval: duration.optional(),
            time: duration.optional(),
            probes: uint32.optional(),
          })
          .optional(),
      })
      .optional(),
  })
  .refine((pool) => pool.http !== undefined || pool.tcp !== undefined, {
    message: 'connectionPool must set http or tcp',
  })
  .refine((pool) => !(pool.http?.useClientProtocol && pool.http.h2UpgradePolicy === 'UPGRADE'), {
    message: 'useClientProtocol cannot be set with h2UpgradePolicy UPGRADE',
    path: ['http', 'useClientProtocol'],
  });
