import { ingressGateway } from '../src/config/compile/targets.ts';
import type { Publication } from '../src/snapshot/publish.ts';
import type { Route, VirtualHost } from '../src/snapshot/route.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';
import {
  buildCluster,
  buildRoute,
  exact,
  forwardTo,
  gatewaySnapshot,
  prefix,
} from '../test/support/snapshot.ts';

/** Routes of each host. */
const ROUTES = 10;

/** The name of host `i`. */
export function hostName(i: number): string {
  return `shop-${i}.customers.example.com`;
}

/**
 * A gateway with so many hosts of ten routes each, the last of which takes every request. Every host has a cluster of
 * its own, whose endpoint is `origin` on loopback.
 */
export function manyHosts(count: number, origin: number): Snapshot {
  const endpoints = [{ address: '127.0.0.1', port: origin, labels: [], weight: 1 }];
  const names = Array.from({ length: count }, (_, i) => `outbound|80||shop-${i}.default.svc.cluster.local`);
  const clusters = names.map((name) => buildCluster(name, { discovery: { kind: 'static', endpoints } }));
  const hosts = names.map((cluster, i): VirtualHost => {
    const name = hostName(i);
    return { name, domains: [name], routes: routesTo(cluster, `VirtualService/default/shop-${i}`) };
  });
  return { ...gatewaySnapshot(hosts, clusters), target: ingressGateway };
}

/** The same as a publication. */
export function manyHostsPublication(count: number, origin: number): Publication {
  const created = Date.now();
  const snapshots = [manyHosts(count, origin)];
  return { mesh: 'weft', revision: 1, created, expires: created + 86_400_000, snapshots, sources: [] };
}

const header = { name: 'end-user', match: exact('jason') };
/** Shared by all hosts: a million of them would not fit. */
const matches = Array.from({ length: ROUTES - 1 }, (_, i) => [
  { path: prefix(`/r${i}/items`), headers: [header] },
]);

function routesTo(cluster: string, source: string): Route[] {
  const action = forwardTo([cluster]);
  const routes = matches.map((match, i) => buildRoute(`${source}/http/${i}`, action, { matches: match }));
  return [...routes, buildRoute(`${source}/http/${ROUTES - 1}`, action)];
}
