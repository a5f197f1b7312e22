import type { CircuitLimits } from '../../snapshot/cluster.ts';
import type { PolicyBlocks } from './traffic-policy.ts';

/** DestinationRule connectionPool; undefined where it limits nothing. As in Istio 0 is the default, no limit. */
export function circuitLimits(pool: PolicyBlocks['connectionPool']): CircuitLimits | undefined {
  const { http1MaxPendingRequests, http2MaxRequests, maxRetries } = pool?.http ?? {};
  const limits: CircuitLimits = {
    ...(pool?.tcp?.maxConnections && { maxConnections: pool.tcp.maxConnections }),
    ...(http1MaxPendingRequests && { maxPendingRequests: http1MaxPendingRequests }),
    ...(http2MaxRequests && { maxRequests: http2MaxRequests }),
    ...(maxRetries && { maxRetries }),
  };
  return Object.keys(limits).length > 0 ? limits : undefined;
}
