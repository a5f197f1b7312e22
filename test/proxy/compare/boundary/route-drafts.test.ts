import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Draft } from '../../../../src/proxy/compare/boundary/draft.ts';
import { MAX_DRAFTS, routeDrafts } from '../../../../src/proxy/compare/boundary/route-drafts.ts';
import type { RouteMatch, VirtualHost } from '../../../../src/snapshot/route.ts';
import { linearMatches } from '../../../support/linear-routing.ts';

const path = fc.record({
  kind: fc.constantFrom('exact' as const, 'prefix' as const),
  value: fc.constantFrom('/', '/a', '/a/', '/a/b', '/b', '/ab'),
});
const named = (name: string) =>
  fc
    .record({
      name: fc.constant(name),
      match: fc.option(
        fc.record({
          kind: fc.constantFrom('exact' as const, 'prefix' as const),
          value: fc.constantFrom('1', '12'),
        }),
        { nil: undefined },
      ),
    })
    .map(({ name: own, match }) => (match ? { name: own, match } : { name: own }));
const match: fc.Arbitrary<RouteMatch> = fc
  .record({
    path: fc.option(path, { nil: undefined }),
    method: fc.option(
      fc.constantFrom('GET', 'POST').map((value) => ({ kind: 'exact' as const, value })),
      { nil: undefined },
    ),
    headers: fc.option(fc.tuple(named('x-a')), { nil: undefined }),
    queryParams: fc.option(fc.tuple(named('q')), { nil: undefined }),
  })
  .map((one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)));

const table = fc.array(fc.tuple(match, fc.constantFrom('a', 'b', 'c')), { minLength: 1, maxLength: 4 }).map(
  (rows): VirtualHost => ({
    name: 'h',
    domains: ['h.test'],
    routes: rows.map(([one, cluster], i) => ({
      name: '',
      source: String(i),
      matches: [one],
      action: { kind: 'forward', destinations: [{ cluster, weight: 1 }] },
    })),
  }),
);

const methods = ['GET', 'POST', 'DELETE'];
const paths = ['/', '/a', '/a/', '/a/b', '/a/b/c', '/b', '/ab', '/abc', '/c'];
const values = [undefined, '', '1', '12', '123', '2'];

/** Every request of a small world. */
const world: readonly Draft[] = methods.flatMap((method) =>
  paths.flatMap((where) =>
    values.flatMap((header) =>
      values.map((query) => ({
        method,
        scheme: 'http' as const,
        authority: 'h.test',
        path: where,
        headers: header === undefined ? [] : [['x-a', header] as const],
        query: query === undefined ? [] : [['q', query] as const],
      })),
    ),
  ),
);

/** Where a table sends a request, read line by line by code that the project has no part in. */
function destination(host: VirtualHost, draft: Draft): string {
  const [first] = linearMatches(host, draft);
  const route = host.routes[Number(first?.split('/')[0] ?? Number.NaN)];
  return route?.action.kind === 'forward' ? (route.action.destinations[0]?.cluster ?? '') : 'none';
}

const differ = (a: VirtualHost, b: VirtualHost) => (draft: Draft) =>
  destination(a, draft) !== destination(b, draft);

describe('requests around the edges of routes', () => {
  test('find a difference wherever a small world has one', () => {
    let differing = 0;
    fc.assert(
      fc.property(table, table, (before, after) => {
        const isDifferent = differ(before, after);
        if (!world.some(isDifferent)) return;
        differing++;
        assert.ok(
          routeDrafts('h.test', [before, after]).some(isDifferent),
          JSON.stringify([before.routes, after.routes]),
        );
      }),
      { numRuns: 400, seed: 20261123 },
    );
    assert.ok(differing > 200, `${differing} of 400 tables differ`);
  });

  test('stay within their bound, also for thousands of routes', () => {
    const routes = Array.from({ length: 5000 }, (_, i) => ({
      name: '',
      source: String(i),
      matches: [{ path: { kind: 'prefix' as const, value: `/p${i}/` } }],
      action: { kind: 'direct' as const, status: 200, body: '' },
    }));
    assert.equal(routeDrafts('h.test', [{ name: 'h', domains: ['h.test'], routes }]).length, MAX_DRAFTS);
  });
});
