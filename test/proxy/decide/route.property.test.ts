import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { NamedMatch, StringMatch } from '../../../src/match/value-match.ts';
import { activate } from '../../../src/proxy/activate.ts';
import type { Destination, Route, RouteMatch, VirtualHost } from '../../../src/snapshot/route.ts';
import { linearMatch } from '../../support/linear-routing.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import {
  buildCluster,
  buildConnection,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  fixedInputs,
  forwardTo,
} from '../../support/snapshot.ts';

const clusterNames = ['c0', 'c1', 'c2'];
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });
const path = fc.constantFrom('/', '/a', '/ab', '/a/b', '/A');
const value = fc.constantFrom('', 'x', 'xy');
const stringMatch = (text: fc.Arbitrary<string>): fc.Arbitrary<StringMatch> =>
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('exact' as const, 'prefix' as const, 'suffix' as const),
      value: text,
      ignoreCase: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('regex' as const), value: fc.constantFrom('/a.*', 'x?', '.*', '/(a|ab)') }),
    fc.constant({ kind: 'present' as const }),
  );
const named: fc.Arbitrary<NamedMatch> = fc
  .record({ name: fc.constantFrom('n', 'm'), match: optional(stringMatch(value)), invert: fc.boolean() })
  .map(({ name, match, invert }) => ({ name, invert, ...(match === undefined ? {} : { match }) }));
const routeMatch: fc.Arbitrary<RouteMatch> = fc
  .record({
    path: optional(stringMatch(path)),
    method: optional(
      fc.constantFrom<StringMatch>({ kind: 'exact', value: 'GET' }, { kind: 'prefix', value: 'P' }),
    ),
    headers: optional(fc.array(named, { maxLength: 2 })),
    queryParams: optional(fc.array(named, { maxLength: 2 })),
  })
  .map((match) => Object.fromEntries(Object.entries(match).filter(([, v]) => v !== undefined)) as RouteMatch);
const destinations = fc.array(
  fc.record({
    cluster: fc.constantFrom(...clusterNames, ...clusterNames, 'gone'),
    weight: fc.constantFrom(0, 1, 2, 3),
  }),
  { minLength: 1, maxLength: 3 },
);
const route = fc
  .tuple(fc.oneof(fc.constant([]), fc.array(routeMatch, { maxLength: 2 })), destinations)
  .map(([matches, shares]) => buildRoute('', forwardTo(shares), { matches }));
const domain = fc.constantFrom('h.a', 'g.h.a', '*.a', '*.h.a', '*', 'b');
const hosts = fc
  .array(
    fc.tuple(fc.uniqueArray(domain, { minLength: 1, maxLength: 2 }), fc.array(route, { maxLength: 3 })),
    { maxLength: 3 },
  )
  .map((list) =>
    list.map(([domains, routes], i) =>
      buildVirtualHost(
        domains,
        routes.map((r, j) => ({ ...r, source: `${i}/${j}` })),
      ),
    ),
  );
const call = fc.record({
  host: fc.constantFrom('h.a', 'g.h.a', 'x.h.a', 'y.a', 'b', 'c'),
  port: fc.constantFrom('', ':80', '', ':80', ':81'),
  path,
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  headers: fc.array(fc.tuple(fc.constantFrom('n', 'm'), value), { maxLength: 3 }),
  query: fc.array(fc.tuple(fc.constantFrom('n', 'm'), value), { maxLength: 3 }),
  // Doubles are drawn by their bits, which are hardly ever in the middle.
  draw: fc.integer({ min: 0, max: 1023 }).map((n) => n / 1024),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

test('routing agrees with a plain linear reading of the virtual hosts', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(hosts, fc.boolean(), call, (virtualHosts, allowAny, who) => {
      const expected = reference(virtualHosts, allowAny, who);
      const branch = /^[a-zA-Z_]+|^\d+/.exec(expected)?.[0] ?? '';
      seen.set(branch, (seen.get(branch) ?? 0) + 1);
      assert.equal(decide(virtualHosts, allowAny, who), expected);
    }),
    { numRuns: propertyRuns(4000) },
  );
  assert.ok((seen.get('c') ?? 0) > 400);
  for (const branch of ['c', 'NC', 'NR', 'block_all', 'PassthroughCluster']) {
    assert.ok((seen.get(branch) ?? 0) > 40, `${branch} was hardly reached: ${JSON.stringify([...seen])}`);
  }
});

function decide(virtualHosts: readonly VirtualHost[], allowAny: boolean, who: Call): string {
  const active = activate(
    buildSnapshot({
      outbound: [{ port: 80, virtualHosts }],
      clusters: clusterNames.map((name) => buildCluster(name)),
      outboundTrafficPolicy: allowAny ? 'ALLOW_ANY' : 'REGISTRY_ONLY',
    }),
  );
  const query = who.query.length === 0 ? '' : `?${who.query.map(([n, v]) => `${n}=${v}`).join('&')}`;
  const request = buildRequest(`${who.host}${who.port}${who.path}${query}`, who.headers, {
    method: who.method,
  });
  const decision = active.decide(request, buildConnection('outbound'), fixedInputs(who.draw));
  if (decision.kind === 'forward') return `${decision.cluster} ${decision.route}`;
  if (decision.kind === 'ask') return 'ask';
  return decision.flag === '-' ? decision.details : `${decision.flag} ${decision.route}`;
}

function reference(virtualHosts: readonly VirtualHost[], allowAny: boolean, who: Call): string {
  const host = who.port === ':81' ? undefined : referenceHost(virtualHosts, who.host);
  if (host === undefined) return allowAny ? 'PassthroughCluster ' : 'block_all';
  for (const route of host.routes) {
    const { matches } = route;
    if (matches.length === 0 || matches.some((match) => linearMatch(match, who)))
      return referencePick(route, who.draw);
  }
  return 'NR ';
}

function referenceHost(virtualHosts: readonly VirtualHost[], host: string): VirtualHost | undefined {
  let best: { rank: number; found: VirtualHost } | undefined;
  for (const found of virtualHosts) {
    for (const domain of found.domains) {
      const covers =
        domain === '*' || domain === host || (domain[0] === '*' && host.endsWith(domain.slice(1)));
      const rank = domain === host ? 1000 : domain.length;
      if (covers && (best === undefined || rank > best.rank)) best = { rank, found };
    }
  }
  return best?.found;
}

function referencePick({ action, source }: Route, draw: number): string {
  if (action.kind !== 'forward') throw new Error('not generated');
  const candidates: Destination[] = [];
  for (const to of action.destinations) {
    // A destination of weight n stands n times in a list; the draw is an index into it.
    const times = action.destinations.length === 1 ? 1 : to.weight;
    for (let i = 0; i < times; i++) candidates.push(to);
  }
  const picked = candidates[Math.floor(draw * candidates.length)];
  return picked === undefined || picked.cluster === 'gone' ? `NC ${source}` : `${picked.cluster} ${source}`;
}
