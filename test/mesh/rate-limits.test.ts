import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atGateway, get, limits, meshOf, START, through } from '../support/limited-mesh.ts';
import type { Call } from '../support/simulated-mesh.ts';
import { tokenIssuer } from '../support/token-issuer.ts';

const issuer = await tokenIssuer();

describe('limits of a sidecar', () => {
  test('what is over the limit is answered with 429, its headers say when to come again', async () => {
    const { mesh, at, statuses } = meshOf(limits('{ name: all, requests: 2, period: 10s }'));
    assert.deepEqual(await statuses(get(), get()), [200, 200]);
    const refused = await mesh.call(get());
    assert.equal(refused.status, 429);
    assert.equal(refused.body, 'rate limit exceeded');
    assert.deepEqual(
      ['retry-after', 'ratelimit-policy', 'ratelimit', 'content-type'].map((name) =>
        refused.headers.get(name),
      ),
      ['5', '"all";q=2;w=10', '"all";r=0;t=5', 'text/plain'],
    );
    at.ms += 4999;
    assert.equal((await mesh.call(get())).headers.get('retry-after'), '1');
    at.ms += 1;
    assert.deepEqual(await statuses(get(), get()), [200, 429]);
    at.ms += 3_600_000;
    assert.deepEqual(await statuses(get(), get(), get()), [200, 200, 429]);
  });

  test('the flag is RL, the detail names the limit, and every request is counted once', async () => {
    const { mesh, statuses } = meshOf(limits('{ name: all, requests: 1 }'));
    await statuses(get(), get(), get());
    assert.deepEqual(mesh.counted('app'), [
      { limit: 'default/api/all', result: 'ok', count: 1 },
      { limit: 'default/api/all', result: 'over_limit', count: 2 },
      { limit: 'default/api/all', result: 'error', count: 0 },
    ]);
    const atEdge = meshOf(atGateway('{ name: all, requests: 1 }'));
    await atEdge.statuses(through());
    const { flags, details } = await atEdge.mesh.call(through());
    assert.deepEqual([flags, details], ['RL', 'local_rate_limited{istio-system/api/all}']);
  });

  test('a client of gRPC hears it in its own words', async () => {
    const { mesh, statuses } = meshOf(limits('{ name: all, requests: 1 }'));
    await statuses(get());
    const { status, headers } = await mesh.call(get('/', [['content-type', 'application/grpc']]));
    assert.deepEqual([status, headers.get('grpc-status'), headers.get('retry-after')], [200, '14', '1']);
  });

  test('burst is how many at once, requests how many in the period', async () => {
    const { at, statuses } = meshOf(limits('{ name: all, requests: 10, period: 10s, burst: 2 }'));
    assert.deepEqual(await statuses(get(), get(), get()), [200, 200, 429]);
    at.ms += 1000;
    assert.deepEqual(await statuses(get(), get()), [200, 429]);
  });

  const matches: readonly (readonly [string, Call, boolean])[] = [
    ['{ paths: ["/api/*"] }', get('/api/x'), true],
    ['{ paths: ["/api/*"] }', get('/other'), false],
    ['{ paths: ["/a/{*}/c"] }', get('/a/b/c'), true],
    ['{ notPaths: ["/health"] }', get('/health'), false],
    ['{ methods: [POST] }', get('/', [], 'client', 'POST'), true],
    ['{ methods: [POST] }', get(), false],
    ['{ hosts: [app] }', get(), true],
    ['{ hosts: [b] }', get(), false],
    ['{ paths: ["/a"], methods: [POST] }', get('/a'), false],
    ['{ paths: ["/b"] }, { paths: ["/a"] }', get('/a'), true],
    ['{ when: [{ key: "request.headers[x-plan]", values: [free] }] }', get('/', [['X-Plan', 'free']]), true],
    ['{ when: [{ key: "request.headers[x-plan]", values: [free] }] }', get(), false],
    ['{ when: [{ key: "request.headers[x-plan]", notValues: [paid] }] }', get(), true],
    ['{ when: [{ key: source.principal, values: ["cluster.local/ns/default/sa/client"] }] }', get(), true],
    [
      '{ when: [{ key: source.principal, values: ["cluster.local/ns/default/sa/client"] }] }',
      get('/', [], 'other'),
      false,
    ],
  ];
  for (const [match, call, counted] of matches)
    test(`match ${match} ${counted ? 'counts' : 'does not count'} ${call.method} ${call.url} of ${call.from}`, async () => {
      const { statuses } = meshOf(limits(`{ name: some, requests: 1, match: [${match}] }`));
      assert.deepEqual(await statuses(call, call), [200, counted ? 429 : 200]);
    });

  test('one of several lines of a header is enough to be counted', async () => {
    const match = 'match: [{ when: [{ key: "request.headers[x-plan]", values: [free] }] }]';
    const { statuses } = meshOf(limits(`{ name: some, requests: 1, ${match} }`));
    const sly = get('/', [
      ['x-plan', 'paid'],
      ['x-plan', 'free'],
    ]);
    assert.deepEqual(await statuses(sly, sly), [200, 429]);
  });

  const apart: readonly (readonly [string, Call, Call])[] = [
    ['source.principal', get(), get('/', [], 'other')],
    ['source.serviceAccount', get(), get('/', [], 'other')],
    ['"request.headers[x-key]"', get('/', [['x-key', 'a']]), get('/', [['x-key', 'b']])],
    ['request.path', get('/a'), get('/b')],
    ['request.method', get(), get('/', [], 'client', 'PUT')],
    [
      '"request.headers[a]", "request.headers[b]"',
      get('/', [
        ['a', 'xy'],
        ['b', 'z'],
      ]),
      get('/', [
        ['a', 'x'],
        ['b', 'yz'],
      ]),
    ],
  ];
  for (const [key, one, another] of apart)
    test(`key ${key} counts apart`, async () => {
      const { statuses } = meshOf(limits(`{ name: each, requests: 1, key: [${key}] }`));
      assert.deepEqual(await statuses(one, another, one, another), [200, 200, 429, 429]);
    });

  test('those without a header are counted together, and with those whose header is empty', async () => {
    const { statuses } = meshOf(limits('{ name: each, requests: 1, key: ["request.headers[x-key]"] }'));
    const calls = [get(), get('/other'), get('/', [['x-key', '']]), get('/', [['x-key', 'a']])];
    assert.deepEqual(await statuses(...calls), [200, 429, 429, 200]);
  });

  test('a query is no other path', async () => {
    const { statuses } = meshOf(limits('{ name: each, requests: 1, key: [request.path] }'));
    assert.deepEqual(await statuses(get('/a?x=1'), get('/a?x=2'), get('/./a')), [200, 429, 429]);
  });

  test('who is asked for by name is counted only once policies let the request pass', async () => {
    const allow = `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: allow }
spec: { selector: { matchLabels: { app: app } }, rules: [{ to: [{ operation: { methods: [GET] } }] }] }
`;
    const named = meshOf(limits('{ name: each, requests: 1, key: [source.principal] }') + allow);
    const put = get('/', [], 'client', 'PUT');
    assert.deepEqual(await named.statuses(put, put, get(), get(), put), [403, 403, 200, 429, 403]);
    const anybody = meshOf(limits('{ name: all, requests: 1 }') + allow);
    assert.deepEqual(await anybody.statuses(put, put, get()), [403, 429, 429]);
  });

  test('a limit by claim counts who the token says', async () => {
    const authentication = `---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: tokens }
spec: { selector: { matchLabels: { app: app } }, jwtRules: [{ issuer: i, jwks: '${issuer.keySet()}' }] }
`;
    const token = async (sub: string, org: string) => {
      const signed = await issuer.sign({ iss: 'i', sub, org, exp: START / 1000 + 600 });
      return get('/', [['authorization', `Bearer ${signed}`]]);
    };
    const [ann, bob, cat] = await Promise.all([token('ann', 'x'), token('bob', 'x'), token('cat', 'y')]);
    const byClaim = meshOf(
      limits('{ name: org, requests: 1, key: ["request.auth.claims[org]"] }') + authentication,
    );
    assert.deepEqual(await byClaim.statuses(ann, bob, cat), [200, 429, 200]);
    const byName = meshOf(
      limits('{ name: who, requests: 1, key: [request.auth.principal] }') + authentication,
    );
    assert.deepEqual(await byName.statuses(ann, bob, ann, get(), get()), [200, 200, 429, 200, 429]);
  });

  test('the narrow limit first: who is over it takes nothing from the others', async () => {
    const both = '{ name: each, requests: 1, key: [request.path] }, { name: all, requests: 3 }';
    const { statuses } = meshOf(limits(both));
    const greedy = Array.from({ length: 5 }, () => get('/greedy'));
    assert.deepEqual(
      await statuses(...greedy, get('/b'), get('/c'), get('/d')),
      [200, 429, 429, 429, 429, 200, 200, 429],
    );
  });

  test('other workloads count nothing', async () => {
    const { statuses } = meshOf(limits('{ name: all, requests: 1 }'));
    const call: Call = { from: 'client', url: 'http://other/' };
    assert.deepEqual(await statuses(call, call), [200, 200]);
  });
});
