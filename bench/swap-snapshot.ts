import type { VirtualHost } from '../src/snapshot/route.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';
import {
  buildCluster,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  exact,
  forwardTo,
  gatewaySnapshot,
  prefix,
} from '../test/support/snapshot.ts';
import { SERVICE_PORT } from './sidecar-snapshot.ts';

/** A gateway takes its virtual hosts in shards, a sidecar as a whole. */
export type Kind = 'gateway' | 'sidecar';

const HOSTS = 1000;
const ROUTES_OF_HOST = 10;

/** 10,000 routes, ten for each host, that lead to `origin`; with another label every one of them is another. */
export function swapSnapshot(kind: Kind, origin: number, label: number): Snapshot {
  const endpoints = [{ address: '127.0.0.1', port: origin, labels: [], weight: 1 }];
  const name = `outbound|${SERVICE_PORT}||reviews.default.svc.cluster.local`;
  const clusters = [buildCluster(name, { discovery: { kind: 'static', endpoints } })];
  const virtualHosts = Array.from({ length: HOSTS }, (_, i): VirtualHost => {
    const routes = Array.from({ length: ROUTES_OF_HOST }, (_, at) => {
      const last = at === ROUTES_OF_HOST - 1;
      const match = last ? {} : { headers: [{ name: 'end-user', match: exact('tester') }] };
      const path = prefix(last ? '/' : `/r${at}/items`);
      return buildRoute(`${label}/${i}/${at}`, forwardTo([name]), { matches: [{ path, ...match }] });
    });
    return buildVirtualHost([i === 0 ? 'reviews' : `h${i}.example.com`], routes);
  });
  if (kind === 'sidecar')
    return buildSnapshot({ outbound: [{ port: SERVICE_PORT, virtualHosts }], clusters });
  const snapshot = gatewaySnapshot(virtualHosts, clusters);
  const servers = [{ protocol: 'HTTP', port: 80, virtualHosts } as const];
  return {
    ...snapshot,
    gateway: { ...(snapshot.gateway ?? { jwtRules: [] }), virtualHosts, policies: [], servers },
  };
}
