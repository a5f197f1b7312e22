import type { Work } from '../call-time.ts';
import { REQUESTS, routePath, routesOfOneHost } from './route-tables.ts';

/** What is used of the routers that paths are looked up in. They know paths and methods, nothing else. */
export interface RouterPackages {
  readonly memoirist?: { readonly Memoirist: new () => MemoiristRouter };
  readonly 'find-my-way'?: { readonly default: () => FindMyWayRouter };
  readonly rou3?: Rou3;
  readonly 'hono/router/trie-router'?: { readonly TrieRouter: new () => HonoRouter };
  readonly 'hono/router/reg-exp-router'?: { readonly RegExpRouter: new () => HonoRouter };
}

/** The package of a router by the name of its side. */
export const ROUTERS: Readonly<Record<string, keyof RouterPackages>> = {
  memoirist: 'memoirist',
  'find-my-way': 'find-my-way',
  rou3: 'rou3',
  'hono-trie': 'hono/router/trie-router',
  'hono-regexp': 'hono/router/reg-exp-router',
};

/** Paths below the routes of one host, looked up by somebody else's router. Throws where it finds nothing. */
export function routerWork(side: string, packages: RouterPackages, routes: number): Work {
  const find = fill(
    side,
    packages,
    Array.from({ length: routes }, (_, i) => `${routePath(i)}/*`),
  );
  const { paths } = routesOfOneHost(routes);
  for (const path of paths) if (!find(path)) throw new Error(`${side} does not find ${path}`);
  let next = 0;
  return (times) => {
    let found = 0;
    for (let i = 0; i < times; i++) if (find(paths[next++ & (REQUESTS - 1)] as string)) found++;
    return found;
  };
}

interface MemoiristRouter {
  add(method: string, path: string, store: unknown): unknown;
  find(method: string, path: string): unknown;
}

interface FindMyWayRouter {
  on(method: string, path: string, handler: () => void, store: unknown): void;
  find(method: string, path: string): unknown;
}

interface Rou3 {
  createRouter(): object;
  addRoute(router: object, method: string, path: string, data: unknown): void;
  findRoute(router: object, method: string, path: string): unknown;
}

interface HonoRouter {
  add(method: string, path: string, handler: unknown): void;
  match(method: string, path: string): readonly [readonly unknown[], ...unknown[]];
}

function fill(
  side: string,
  packages: RouterPackages,
  patterns: readonly string[],
): (path: string) => boolean {
  if (side === 'memoirist' && packages.memoirist) {
    const router = new packages.memoirist.Memoirist();
    for (const pattern of patterns) router.add('GET', pattern, pattern);
    return (path) => router.find('GET', path) !== null;
  }
  if (side === 'find-my-way' && packages['find-my-way']) {
    const router = packages['find-my-way'].default();
    for (const pattern of patterns) router.on('GET', pattern, () => undefined, pattern);
    return (path) => router.find('GET', path) !== null;
  }
  if (side === 'rou3' && packages.rou3) return fillRou3(packages.rou3, patterns);
  const trie = packages['hono/router/trie-router'];
  if (side === 'hono-trie' && trie) return fillHono(new trie.TrieRouter(), patterns);
  const regExp = packages['hono/router/reg-exp-router'];
  if (side === 'hono-regexp' && regExp) return fillHono(new regExp.RegExpRouter(), patterns);
  throw new Error(`no router ${side}`);
}

function fillRou3(rou3: Rou3, patterns: readonly string[]): (path: string) => boolean {
  const router = rou3.createRouter();
  for (const pattern of patterns) rou3.addRoute(router, 'GET', `${pattern}*`, pattern);
  return (path) => rou3.findRoute(router, 'GET', path) !== undefined;
}

function fillHono(router: HonoRouter, patterns: readonly string[]): (path: string) => boolean {
  for (const pattern of patterns) router.add('GET', pattern, pattern);
  return (path) => router.match('GET', path)[0].length > 0;
}
