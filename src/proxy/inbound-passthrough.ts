import type { InboundListener, Snapshot } from '../snapshot/snapshot.ts';

/** The cluster of workload ports that nobody declared. No proxy without interception is asked for one, and none has it. */
export const inboundPassthroughCluster = 'InboundPassthroughCluster';

/** Stands for every port without a listener: no workload listens on 0. */
export const UNDECLARED = 0;

/** The listeners of ports that have none of their own: those with a mode of their own, and `UNDECLARED`. */
export function passthroughListeners({ inbound, inboundPassthrough: rest }: Snapshot): InboundListener[] {
  if (rest === undefined) return [];
  const declared = new Set(inbound.map(({ port }) => port));
  const { mtls, mtlsSource, jwtRules, policies, limits } = rest;
  return [
    ...rest.ports.filter(({ port }) => !declared.has(port)),
    { port: UNDECLARED, mtls, mtlsSource },
  ].map((one) => ({
    ...one,
    servicePorts: [],
    protocol: 'http',
    ...(jwtRules && { jwtRules }),
    policies,
    ...(limits && { limits }),
    cluster: inboundPassthroughCluster,
  }));
}
