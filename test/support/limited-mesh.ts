import type { Clock, RateLimitStore } from '../../src/runtime/ports.ts';
import { gatewayToApp, plainWorkload } from './plain-workload.ts';
import { type Call, SimulatedMesh } from './simulated-mesh.ts';

/** When the clock of a limited mesh begins, ms since the epoch. */
export const START = 1_800_000_000_000;

/** The services `app`, `other` and `client`, each with an account of its name. */
export const workloads = ['app', 'other', 'client'].map(plainWorkload).join('');

/** A RateLimit of the application, or of what `where` selects. */
export function limits(
  items: string,
  where = 'selector: { matchLabels: { app: app } }',
  namespace = 'default',
): string {
  return `
---
apiVersion: weft.dev/v1
kind: RateLimit
metadata: { name: api, namespace: ${namespace} }
spec: { ${where}, limits: [${items}] }
`;
}

/** A gateway that takes everything to the application, and a RateLimit of it. */
export const atGateway = (items: string) =>
  gatewayToApp + limits(items, 'selector: { matchLabels: { istio: ingressgateway } }', 'istio-system');

/** A mesh with a clock that a test moves, and a client that moves too. */
export function meshOf(yaml: string, limitStore?: RateLimitStore) {
  const at = { ms: START, address: '10.0.0.1' };
  const clock: Clock = {
    now: () => at.ms,
    monotonic: () => at.ms,
    sleep: () => new Promise(() => undefined),
  };
  const more = limitStore === undefined ? {} : { limitStore };
  const mesh = new SimulatedMesh(workloads + yaml, { clock, remoteAddress: () => at.address, ...more });
  const statuses = async (...calls: readonly Call[]) => {
    const found: number[] = [];
    for (const call of calls) found.push((await mesh.call(call)).status);
    return found;
  };
  return { mesh, at, statuses };
}

/** A call of a workload to the application. */
export const get = (path = '/', headers: Call['headers'] = [], from = 'client', method = 'GET'): Call => ({
  from,
  method,
  url: `http://app${path}`,
  headers,
});
/** A call through the gateway. */
export const through = (path = '/', headers: Call['headers'] = []): Call => ({
  url: `http://shop.example${path}`,
  headers,
});
