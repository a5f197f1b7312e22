import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RegexError } from '../../../src/match/regex.ts';
import { activate } from '../../../src/proxy/activate.ts';
import type { Route } from '../../../src/snapshot/route.ts';
import { buildRoute, buildSnapshot, buildVirtualHost, forwardTo } from '../../support/snapshot.ts';

const bad = { kind: 'regex', value: '(' } as const;
const cors = {
  allowOrigins: [],
  allowMethods: [],
  allowHeaders: [],
  exposeHeaders: [],
  unmatchedPreflights: 'forward',
} as const;
const to = forwardTo(['c']);

describe('a snapshot is refused at once, not at its first request, for a bad pattern in', () => {
  const places: readonly (readonly [string, Partial<Route>])[] = [
    ['the path', { matches: [{ path: bad }] }],
    ['the scheme', { matches: [{ scheme: bad }] }],
    ['the method', { matches: [{ method: bad }] }],
    ['the authority', { matches: [{ authority: bad }] }],
    ['a header', { matches: [{}, { headers: [{ name: 'n' }, { name: 'n', match: bad }] }] }],
    ['a query parameter', { matches: [{ queryParams: [{ name: 'n', match: bad }] }] }],
    ['an origin of CORS', { cors: { ...cors, allowOrigins: [bad] } }],
    ['a rewrite', { action: { ...to, rewrite: { regex: { match: '(', substitution: '' } } } }],
  ];
  for (const [place, parts] of places) {
    test(place, () => {
      const host = buildVirtualHost(['h'], [buildRoute('r', to), buildRoute('r', to, parts)]);
      const snapshot = buildSnapshot({ outbound: [{ port: 80, virtualHosts: [host] }] });
      assert.throws(() => activate(snapshot), RegexError);
    });
  }
});
