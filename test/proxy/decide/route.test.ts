import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activate } from '../../../src/proxy/activate.ts';
import type { Decision } from '../../../src/proxy/decide/decision.ts';
import { explain } from '../../../src/proxy/decide/explain.ts';
import type { Route, RouteMatch } from '../../../src/snapshot/route.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import {
  buildCluster,
  buildConnection,
  buildPolicy,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  exact,
  fixedInputs,
  forwardTo,
  gatewaySnapshot,
  prefix,
} from '../../support/snapshot.ts';

const v1 = 'outbound|80|v1|reviews';
const v2 = 'outbound|80|v2|reviews';
const other = 'outbound|8080||reviews';
const clusters = [v1, v2, other].map((name) => buildCluster(name));

function sidecar(routes: readonly Route[], parts: Partial<Snapshot> = {}): Snapshot {
  return buildSnapshot({
    clusters,
    outbound: [
      { port: 80, virtualHosts: [buildVirtualHost(['reviews', '*.wild'], routes)] },
      {
        port: 8080,
        virtualHosts: [buildVirtualHost(['reviews'], [buildRoute('other', forwardTo([other]))])],
      },
    ],
    ...parts,
  });
}

function outbound(snapshot: Snapshot, url: string, draw = 0, headers: [string, string][] = []): Decision {
  const connection = buildConnection('outbound', { port: 15001 });
  return activate(snapshot).decide(buildRequest(url, headers), connection, fixedInputs(draw));
}

function summary(decision: Decision): string {
  if (decision.kind === 'ask') return 'ask';
  if (decision.kind === 'forward') return decision.cluster;
  return `${decision.status} ${decision.flag} ${decision.details}`;
}

const toV1 = [buildRoute('first', forwardTo([v1]))];

describe('route: which virtual host', () => {
  const cases: [url: string, expected: string][] = [
    ['reviews/', v1],
    ['reviews:80/', v1],
    ['reviews.:80/', v1],
    ['reviews:8080/', other],
    ['a.b.wild/', v1],
    ['wild/', '502 - block_all'],
    ['reviews:81/', '502 - block_all'],
    ['unknown/', '502 - block_all'],
  ];
  for (const [url, expected] of cases) {
    test(`${url} gives ${expected}`, () => assert.equal(summary(outbound(sidecar(toV1), url)), expected));
  }

  test('the default port of https is 443', () => {
    const outbound = [{ port: 443, virtualHosts: [buildVirtualHost(['reviews'], toV1)] }];
    const active = activate(buildSnapshot({ clusters, outbound }));
    const request = buildRequest('reviews/', [], { scheme: 'https' });
    assert.equal(summary(active.decide(request, buildConnection('outbound'), fixedInputs())), v1);
  });

  test('ALLOW_ANY passes hosts through that nobody declared', () => {
    const snapshot = sidecar(toV1, { outboundTrafficPolicy: 'ALLOW_ANY' });
    assert.equal(summary(outbound(snapshot, 'unknown:81/')), 'PassthroughCluster');
    assert.equal(activate(snapshot).clusters.get('PassthroughCluster')?.discovery.kind, 'original');
    assert.equal(activate(sidecar(toV1)).clusters.has('PassthroughCluster'), false);
  });

  test('a host that is declared is never passed through', () => {
    const routes = [buildRoute('a', forwardTo([v1]), { matches: [{ path: exact('/a') }] })];
    const snapshot = sidecar(routes, { outboundTrafficPolicy: 'ALLOW_ANY' });
    assert.equal(summary(outbound(snapshot, 'reviews/b')), '404 NR route_not_found');
  });

  test('there is no way back to a less specific virtual host', () => {
    const narrow = [buildRoute('a', forwardTo([v1]), { matches: [{ path: exact('/a') }] })];
    const hosts = [buildVirtualHost(['*'], toV1), buildVirtualHost(['a.com'], narrow)];
    const active = activate(gatewaySnapshot(hosts, clusters));
    const call = (url: string) => active.decide(buildRequest(url), buildConnection('gateway'), fixedInputs());
    assert.equal(summary(call('b.com/b')), v1);
    assert.equal(summary(call('a.com/b')), '404 NR route_not_found');
  });

  test('a gateway answers 404 with an empty body when it does not know the host', () => {
    const active = activate(gatewaySnapshot([buildVirtualHost(['a.com'], toV1)], clusters));
    const decision = active.decide(buildRequest('b.com/'), buildConnection('gateway'), fixedInputs());
    assert.equal(summary(decision), '404 NR route_not_found');
    assert.equal(decision.kind === 'reply' && decision.body, '');
  });

  test('a gateway authorises before it routes', () => {
    const active = activate(gatewaySnapshot([], clusters, [buildPolicy('DENY', [{}])]));
    const decision = active.decide(buildRequest('b.com/'), buildConnection('gateway'), fixedInputs());
    assert.equal(decision.kind === 'reply' && decision.status, 403);
  });
});

describe('route: what matches', () => {
  const cases: [match: RouteMatch, url: string, headers: [string, string][], expected: boolean][] = [
    [{}, 'reviews/', [], true],
    [{ path: prefix('/foo') }, 'reviews/foobar', [], true],
    [{ path: prefix('/foo') }, 'reviews/fo', [], false],
    [{ path: exact('/foo') }, 'reviews/foo?x=1', [], true],
    [{ path: { kind: 'regex', value: '/f.*' } }, 'reviews/foo?x=1', [], true],
    [{ path: { kind: 'regex', value: '/f' } }, 'reviews/foo', [], false],
    [{ path: { kind: 'prefix', value: '/FOO', ignoreCase: true } }, 'reviews/foobar', [], true],
    [{ method: exact('GET') }, 'reviews/', [], true],
    [{ method: exact('POST') }, 'reviews/', [], false],
    [{ scheme: exact('https') }, 'reviews/', [], false],
    [{ authority: exact('reviews:80') }, 'reviews:80/', [], true],
    [{ authority: exact('reviews') }, 'reviews:80/', [], false],
    [{ authority: exact('REVIEWS') }, 'reviews/', [], true],
    [{ headers: [{ name: 'end-user', match: exact('jason') }] }, 'reviews/', [['end-user', 'jason']], true],
    [{ headers: [{ name: 'end-user', match: exact('jason') }] }, 'reviews/', [], false],
    [
      { headers: [{ name: 'a', match: exact('1,2') }] },
      'reviews/',
      [
        ['a', '1'],
        ['a', '2'],
      ],
      true,
    ],
    [{ headers: [{ name: 'a', match: exact('1'), invert: true }] }, 'reviews/', [['a', '1']], false],
    [{ queryParams: [{ name: 'q', match: exact('1') }] }, 'reviews/?p&q=1&q=2', [], true],
    [{ queryParams: [{ name: 'q', match: exact('2') }] }, 'reviews/?q=1&q=2', [], false],
    [{ queryParams: [{ name: 'q' }] }, 'reviews/?qq=1&q', [], true],
    [{ queryParams: [{ name: 'q' }] }, 'reviews/?qq=1', [], false],
    [{ queryParams: [{ name: 'q', match: exact('') }] }, 'reviews/?q=', [], true],
  ];
  for (const [match, url, headers, expected] of cases) {
    test(`${JSON.stringify(match)} ${expected ? 'matches' : 'does not match'} ${url} ${headers.join(' ')}`, () => {
      const routes = [buildRoute('only', forwardTo([v1]), { matches: [match] })];
      assert.equal(
        summary(outbound(sidecar(routes), url, 0, headers)),
        expected ? v1 : '404 NR route_not_found',
      );
    });
  }

  test('the first route that matches wins', () => {
    const routes = [
      buildRoute('none', forwardTo([v1]), { matches: [{ path: exact('/no') }, { method: exact('PUT') }] }),
      buildRoute('second', forwardTo([v2]), { matches: [{ path: exact('/no') }, { method: exact('GET') }] }),
      ...toV1,
    ];
    const decision = outbound(sidecar(routes), 'reviews/');
    assert.equal(summary(decision), v2);
    assert.equal(decision.kind === 'forward' && decision.route, 'second');
  });
});

describe('route: weights', () => {
  const weights = (...shares: [string, number][]) => {
    const destinations = shares.map(([cluster, weight]) => ({ cluster, weight }));
    return sidecar([buildRoute('weighted', forwardTo(destinations))]);
  };
  const cases: [name: string, snapshot: Snapshot, draw: number, expected: string][] = [
    ['one destination has all whatever its weight', weights([v1, 0]), 0.9, v1],
    ['shares are of the sum', weights([v1, 1], [v2, 3]), 0.2499, v1],
    ['shares are of the sum', weights([v1, 1], [v2, 3]), 0.25, v2],
    ['weight 0 is skipped at the front', weights([v1, 0], [v2, 1]), 0, v2],
    ['weight 0 is skipped at the back', weights([v1, 1], [v2, 0]), 0.999999, v1],
    ['weight 0 is skipped in between', weights([v1, 1], [other, 0], [v2, 1]), 0.5, v2],
    ['three shares, the first', weights([v1, 1], [v2, 1], [other, 2]), 0.2499, v1],
    ['three shares, the second', weights([v1, 1], [v2, 1], [other, 2]), 0.4999, v2],
    ['three shares, the third', weights([v1, 1], [v2, 1], [other, 2]), 0.5, other],
    ['no weight at all has no cluster', weights([v1, 0], [v2, 0]), 0, '503 NC cluster_not_found'],
    ['an unknown cluster has no cluster', weights(['gone', 1]), 0, '503 NC cluster_not_found'],
  ];
  for (const [name, snapshot, draw, expected] of cases) {
    test(`${name}: a draw of ${draw} gives ${expected}`, () => {
      assert.equal(summary(outbound(snapshot, 'reviews/', draw)), expected);
    });
  }

  test('a single destination draws nothing', () => {
    const inputs = { ...fixedInputs(), draw: () => assert.fail('a draw was made') };
    const active = activate(weights([v1, 1], [v2, 0]));
    assert.equal(
      active.decide(buildRequest('reviews/'), buildConnection('outbound'), inputs).kind,
      'forward',
    );
  });
});

describe('route: forwarding', () => {
  test('timeout and retry policy come from the route', () => {
    const retry = { attempts: 2, on: ['5xx'], statuses: [], backoffMs: 25 };
    const decision = outbound(
      sidecar([buildRoute('r', forwardTo([v1], { timeoutMs: 500, retry }))]),
      'reviews/',
    );
    assert.deepEqual(decision, {
      kind: 'forward',
      cluster: v1,
      route: 'r',
      requestEdits: [],
      responseEdits: [],
      timeoutMs: 500,
      retry,
    });
  });

  test('a direct response is text unless its route says otherwise', () => {
    const answer = (parts: Partial<Route>) => {
      const route = buildRoute('d', { kind: 'direct', status: 503, body: 'sorry' }, parts);
      return outbound(sidecar([route]), 'reviews/');
    };
    assert.deepEqual(answer({}), {
      kind: 'reply',
      status: 503,
      headers: [['content-type', 'text/plain']],
      body: 'sorry',
      flag: '-',
      details: 'direct_response',
      route: 'd',
    });
    const response = { remove: [], set: [['Content-Type', 'text/html']] as const, add: [] };
    const decision = answer({ headers: { response } });
    assert.deepEqual(decision.kind === 'reply' && decision.headers, [['content-type', 'text/html']]);
  });
});

describe('route: the trace', () => {
  test('tells every route that was tried and every destination', () => {
    const routes = [
      buildRoute('tried', forwardTo([v1]), { matches: [{ path: prefix('/api') }] }),
      buildRoute(
        'taken',
        forwardTo([
          { cluster: v1, weight: 9 },
          { cluster: v2, weight: 1 },
          { cluster: other, weight: 0 },
        ]),
      ),
    ];
    const { decision, entries, destinations } = explain(
      activate(sidecar(routes)),
      buildRequest('reviews/x'),
      buildConnection('outbound'),
      fixedInputs(0.95),
    );
    assert.equal(summary(decision), v2);
    assert.deepEqual(destinations, [
      { cluster: v1, weight: 9 },
      { cluster: v2, weight: 1 },
    ]);
    assert.deepEqual(
      entries.map(({ step, verdict, source }) => [step, verdict, source]),
      [
        ['accept', 'pass', undefined],
        ['canonicalise', 'pass', undefined],
        ['virtual host', 'match', undefined],
        ['route', 'miss', 'tried'],
        ['route', 'match', 'taken'],
        ['destination', 'match', 'taken'],
        ['resilience', 'pass', 'taken'],
      ],
    );
    assert.equal(entries.at(-1)?.text, 'no timeout, no retries');
    assert.equal(entries[3]?.text, 'route tried: path is "/x", wants prefix "/api"');
  });
});
