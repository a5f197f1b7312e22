import { DEFAULT_RETRY } from '../src/config/compile/retry-policy.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';
import {
  buildCluster,
  buildListener,
  buildPolicy,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  condition,
  exact,
  forwardTo,
  gatewaySnapshot,
  prefix,
} from '../test/support/snapshot.ts';
import { CALLER, SERVICE, SERVICE_PORT } from './sidecar-snapshot.ts';

const TIMEOUT_MS = 15_000;
const RULES = 5;

/** One ALLOW of five rules, the last of which is that of the load; `principals` also ask who calls. */
function policy(principals: boolean) {
  const rules = Array.from({ length: RULES }, (_, i) => {
    const last = i === RULES - 1;
    const account = `cluster.local/ns/default/sa/${last ? CALLER : `caller-${i}`}`;
    return {
      from: principals ? [[condition('source.principal', [exact(account)])]] : [],
      to: [
        [
          condition('request.method', [exact('GET')]),
          condition('request.path', [prefix(last ? '/api/' : `/r${i}/`)]),
        ],
      ],
    };
  });
  return buildPolicy('ALLOW', rules);
}

/** What a sidecar does for a request that comes in: STRICT mutual TLS, the policy, to the application. */
export function wholeInbound(): Snapshot {
  const inbound = `inbound|${SERVICE_PORT}||`;
  const servicePorts = [{ service: SERVICE, port: SERVICE_PORT }];
  const listener = { port: SERVICE_PORT, servicePorts, mtls: 'STRICT', policies: [policy(true)] } as const;
  return buildSnapshot({
    inbound: [buildListener({ ...listener, cluster: inbound })],
    clusters: [buildCluster(inbound, { discovery: { kind: 'application' } })],
  });
}

/** What a gateway does for a plaintext request: the policy, a route among a few, a time-out, Istio's retries. */
export function wholeGateway(origin: number): Snapshot {
  const cluster = `outbound|${SERVICE_PORT}||${SERVICE}`;
  const to = forwardTo([cluster], { timeoutMs: TIMEOUT_MS, retry: DEFAULT_RETRY });
  const canary = [{ headers: [{ name: 'end-user', match: exact('tester') }] }];
  const routes = [
    buildRoute('canary', to, { matches: canary }),
    buildRoute('api', to, { matches: [{ path: prefix('/api/') }] }),
  ];
  const virtualHosts = [buildVirtualHost(['reviews'], routes)];
  const endpoints = [{ address: '127.0.0.1', port: origin, labels: [], weight: 1 }];
  const clusters = [buildCluster(cluster, { discovery: { kind: 'static', endpoints } })];
  const snapshot = gatewaySnapshot([], clusters);
  const servers = [{ protocol: 'HTTP', port: 80, virtualHosts } as const];
  return { ...snapshot, gateway: { virtualHosts: [], policies: [policy(false)], servers } };
}
