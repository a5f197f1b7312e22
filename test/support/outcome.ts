import type { Outcome } from '../../src/proxy/forward/outcome.ts';

/** A request that an upstream answered with 200, changed by `parts`. */
export function buildOutcome(parts: Partial<Outcome> = {}): Outcome {
  return {
    status: 200,
    flags: '-',
    details: 'via_upstream',
    route: 'VirtualService/default/reviews/http/0',
    cluster: 'outbound|9080|v1|reviews.default.svc.cluster.local',
    endpoint: '10.0.0.7:15006',
    attempts: 1,
    failure: '',
    startedAt: Date.UTC(2026, 10, 23, 9, 0, 0, 5),
    durationMs: 3,
    complete: true,
    retryAbandoned: false,
    peer: undefined,
    ...parts,
  };
}
