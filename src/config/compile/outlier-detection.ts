import type { OutlierDetection } from '../../snapshot/cluster.ts';
import type { PolicyBlocks } from './traffic-policy.ts';

/** DestinationRule outlierDetection with Istio's defaults; the block alone switches it on. */
export function outlierDetection(spec: PolicyBlocks['outlierDetection']): OutlierDetection | undefined {
  return (
    spec && {
      consecutive5xx: spec.consecutive5xxErrors ?? 5,
      consecutiveGatewayErrors: spec.consecutiveGatewayErrors ?? 0,
      consecutiveLocalErrors: spec.consecutiveLocalOriginFailures ?? 5,
      splitLocalErrors: spec.splitExternalLocalOriginErrors ?? false,
      errorStatuses: spec.outlierDetectionHttpErrorCodes ?? [],
      intervalMs: spec.interval ?? 10_000,
      baseEjectionMs: spec.baseEjectionTime ?? 30_000,
      maxEjectionPercent: spec.maxEjectionPercent || 10,
      minHealthPercent: spec.minHealthPercent ?? 0,
    }
  );
}
