import type { DestinationPolicy } from './destination-rule.ts';
import type { Subset, TrafficPolicy } from './spec-parts.ts';

/** The blocks that a cluster's policy is made of; each is inherited and replaced as a whole. */
export type PolicyBlocks = Pick<
  TrafficPolicy,
  'loadBalancer' | 'connectionPool' | 'outlierDetection' | 'tls'
>;

/** The blocks in force for a port and subset: a port's settings replace everything of their level. */
export function policyBlocks(
  policy: DestinationPolicy | undefined,
  port: number,
  subset: Subset | undefined,
): PolicyBlocks {
  return overlay(overlay({}, policy?.trafficPolicy, port), subset?.trafficPolicy, port);
}

function overlay(base: PolicyBlocks, policy: TrafficPolicy | undefined, port: number): PolicyBlocks {
  if (!policy) return base;
  const forPort = policy.portLevelSettings.find((settings) => settings.port?.number === port);
  if (forPort) return forPort;
  return {
    loadBalancer: policy.loadBalancer ?? base.loadBalancer,
    connectionPool: policy.connectionPool ?? base.connectionPool,
    outlierDetection: policy.outlierDetection ?? base.outlierDetection,
    tls: policy.tls ?? base.tls,
  };
}
