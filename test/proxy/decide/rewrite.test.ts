import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyEdits } from '../../../src/proxy/decide/apply-edits.ts';
import { compileRewrite } from '../../../src/proxy/decide/rewrite.ts';
import { compileRouteMatch } from '../../../src/proxy/decide/route-match.ts';
import type { Rewrite, RouteMatch } from '../../../src/snapshot/route.ts';
import { buildConnection, buildRequest, exact, prefix } from '../../support/snapshot.ts';

describe('rewrite', () => {
  const cases: [rewrite: Rewrite, match: RouteMatch, url: string, expected: string][] = [
    [{ uri: '/bar' }, { path: prefix('/foo') }, 'a/foo/x?q=1', 'a/bar/x?q=1'],
    [{ uri: '/' }, { path: prefix('/foo') }, 'a/foo/bar', 'a//bar'],
    [{ uri: '/' }, { path: prefix('/foo/') }, 'a/foo/bar', 'a/bar'],
    [{ uri: '/x' }, { path: { kind: 'prefix', value: '/FOO', ignoreCase: true } }, 'a/foo/bar', 'a/x/bar'],
    [{ uri: '/new' }, { path: exact('/old') }, 'a/old?q', 'a/new?q'],
    [{ uri: '/new' }, { path: { kind: 'regex', value: '/o.*' } }, 'a/old/x', 'a/new'],
    [{ uri: '/new' }, {}, 'a/old', 'a/newold'],
    [{ uri: '' }, { path: prefix('/foo/') }, 'a/foo/bar', 'a/bar'],
    [{ uri: '/a?b#c d' }, { path: exact('/old') }, 'a/old', 'a/a%3Fb%23c%20d'],
    [{ uri: '/same' }, { path: exact('/same') }, 'a/same', 'a/same'],
    [{ authority: 'New.Host:81' }, {}, 'a/x', 'new.host:81/x'],
    [{ authority: 'b', uri: '/y' }, { path: exact('/x') }, 'a/x', 'b/y'],
    [{ regex: { match: '/v([0-9]+)', substitution: '/api/\\1' } }, {}, 'a/v1/v2?/v3', 'a/api/1/api/2?/v3'],
    [{ regex: { match: '^/a', substitution: 'b' } }, {}, 'a/a/c', 'a/b/c'],
  ];
  for (const [rewrite, match, url, expected] of cases) {
    test(`${JSON.stringify(rewrite)} after ${JSON.stringify(match)}: ${url} becomes ${expected}`, () => {
      const request = buildRequest(url);
      const arrival = { request, connection: buildConnection('outbound') };
      const edits = compileRewrite(rewrite)(arrival, compileRouteMatch(match), []);
      const { authority, path, query, headers } = applyEdits(request, edits);
      assert.equal(authority + path + query, expected);
      const original = path === request.path ? undefined : request.path + request.query;
      assert.equal(headers.get('x-envoy-original-path'), original);
    });
  }
});
