/** Where a DestinationRule holds a TrafficPolicy or a port's. */
export const TRAFFIC_POLICIES: readonly string[] = [
  'spec.trafficPolicy',
  'spec.trafficPolicy.portLevelSettings[]',
  'spec.subsets[].trafficPolicy',
  'spec.subsets[].trafficPolicy.portLevelSettings[]',
];
