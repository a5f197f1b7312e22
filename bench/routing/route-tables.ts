import type { Evidence } from '../../src/proxy/decide/evidence.ts';
import type { Route, VirtualHost } from '../../src/snapshot/route.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import {
  buildCluster,
  buildConnection,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  exact,
  forwardTo,
  prefix,
} from '../../test/support/snapshot.ts';

export const PORT = 9080;
/** A power of two: which request is next costs an AND. */
export const REQUESTS = 64;
/** Routes of each host, where there are many hosts. */
const ROUTES_OF_HOST = 10;

const HEADERS = [
  ['user-agent', 'python-requests/2.32.3'],
  ['accept', 'application/json'],
  ['accept-encoding', 'gzip'],
  ['end-user', 'jason'],
  ['cookie', 'session=eyJ1c2VyIjoiamFzb24ifQ.Zx1q2w'],
] as const;
const CLUSTERS = ['v1', 'v2'].map((subset) => `outbound|${PORT}|${subset}|reviews.default.svc.cluster.local`);

/** A table, and requests that reach its first, its last and what is between alike. */
export interface RoutedTable {
  readonly snapshot: Snapshot;
  readonly asked: readonly Evidence<'outbound'>[];
  /** The path that each of them has. */
  readonly paths: readonly string[];
}

/** One host with `count` routes, each of a prefix, a header and two weights. */
export function routesOfOneHost(count: number): RoutedTable {
  const host = buildVirtualHost(['reviews'], buildRoutes(count));
  return tableOf([host], (k) => ['reviews', spread(k, count)]);
}

/** `count` hosts with ten such routes each. */
export function routesOfHosts(count: number): RoutedTable {
  const routes = buildRoutes(ROUTES_OF_HOST);
  const hosts = Array.from({ length: count }, (_, i) => buildVirtualHost([`h${i}.example`], routes));
  return tableOf(hosts, (k) => [`h${spread(k, count)}.example`, k % ROUTES_OF_HOST]);
}

/** What the route at `i` begins with. */
export function routePath(i: number): string {
  return `/r${i}/items`;
}

function buildRoutes(count: number): Route[] {
  const weighted = CLUSTERS.map((cluster, i) => ({ cluster, weight: i === 0 ? 90 : 10 }));
  return Array.from({ length: count }, (_, i) => {
    const match = { path: prefix(routePath(i)), headers: [{ name: 'end-user', match: exact('jason') }] };
    return buildRoute(`r${i}`, forwardTo(weighted), { matches: [match] });
  });
}

function tableOf(
  virtualHosts: readonly VirtualHost[],
  ask: (k: number) => readonly [string, number],
): RoutedTable {
  const snapshot = buildSnapshot({
    outbound: [{ port: PORT, virtualHosts }],
    clusters: CLUSTERS.map((name) => buildCluster(name)),
  });
  const connection = buildConnection('outbound', { port: PORT });
  const asked = Array.from({ length: REQUESTS }, (_, k): Evidence<'outbound'> => {
    const [host, route] = ask(k);
    const request = buildRequest(`${host}:${PORT}${routePath(route)}/42?limit=10`, HEADERS);
    return { direction: 'outbound', request, connection, edits: [] };
  });
  return { snapshot, asked, paths: asked.map(({ request }) => request.path) };
}

function spread(k: number, count: number): number {
  return Math.floor(((k * 37) % REQUESTS) * (count / REQUESTS));
}
