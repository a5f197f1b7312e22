import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StringMatch, ValueMatch } from '../../../src/match/value-match.ts';
import { activate } from '../../../src/proxy/activate.ts';
import type { Decision } from '../../../src/proxy/decide/decision.ts';
import { explain } from '../../../src/proxy/decide/explain.ts';
import type { Attribute, Condition, Policy } from '../../../src/snapshot/policy.ts';
import {
  buildConnection,
  buildListener,
  buildPolicy,
  buildRequest,
  buildSnapshot,
  condition,
  exact,
  fixedInputs,
  prefix,
} from '../../support/snapshot.ts';

const peer = 'weft.example/ns/shop/sa/cart';
const present: StringMatch = { kind: 'present' };

interface Call {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly peer?: string;
  readonly serverName?: string;
  readonly remoteAddress?: string;
  readonly joinsLines?: boolean;
}

function decideInbound(policies: readonly Policy[], call: Call = {}): Decision {
  const { active, request, connection } = arrange(policies, call);
  return active.decide(request, connection, fixedInputs());
}

function arrange(policies: readonly Policy[], call: Call) {
  const { url = 'app/', headers = [], method = 'GET', ...connection } = call;
  const active = activate(
    buildSnapshot({ trustDomain: 'weft.example', inbound: [buildListener({ policies })] }),
  );
  return {
    active,
    request: buildRequest(url, headers, { method }),
    connection: buildConnection('inbound', connection),
  };
}

function allows(policies: readonly Policy[], call: Call = {}): boolean {
  return decideInbound(policies, call).kind === 'forward';
}

const getOnly = [{ to: [[condition('request.method', [exact('GET')])]] }];

describe('authorise: which policies decide', () => {
  const cases: [name: string, policies: Policy[], allowed: boolean][] = [
    ['no policies allow', [], true],
    ['an ALLOW policy without rules denies all', [buildPolicy('ALLOW', [])], false],
    ['an ALLOW policy with an empty rule allows all', [buildPolicy('ALLOW', [{}])], true],
    ['a DENY policy without rules denies nothing', [buildPolicy('DENY', [])], true],
    ['a DENY policy with an empty rule denies all', [buildPolicy('DENY', [{}])], false],
    ['DENY wins over ALLOW', [buildPolicy('ALLOW', [{}]), buildPolicy('DENY', getOnly)], false],
    ['one ALLOW of several is enough', [buildPolicy('ALLOW', []), buildPolicy('ALLOW', getOnly)], true],
    ['AUDIT enforces nothing', [buildPolicy('AUDIT', [{}])], true],
    ['a dry-run DENY enforces nothing', [buildPolicy('DENY', [{}], { dryRun: true })], true],
    ['a dry-run ALLOW starts no default deny', [buildPolicy('ALLOW', [], { dryRun: true })], true],
    [
      'a dry-run ALLOW allows nothing',
      [buildPolicy('ALLOW', [{}], { dryRun: true }), buildPolicy('ALLOW', [])],
      false,
    ],
  ];
  for (const [name, policies, allowed] of cases) {
    test(name, () => assert.equal(allows(policies), allowed));
  }

  test('a denial names the policy and the rule that matched', () => {
    const policy = buildPolicy('DENY', [{ to: [[condition('request.path', [exact('/x')])]] }, {}], {
      name: 'ns/x',
    });
    assert.deepEqual(decideInbound([policy]), {
      kind: 'reply',
      status: 403,
      headers: [['content-type', 'text/plain']],
      body: 'RBAC: access denied',
      flag: '-',
      details: 'rbac_access_denied_matched_policy[ns[ns]-policy[x]-rule[1]]',
      route: '',
    });
  });

  test('a denial because nothing allows names no policy', () => {
    const decision = decideInbound([buildPolicy('ALLOW', [])]);
    assert.equal(decision.kind === 'reply' && decision.details, 'rbac_access_denied_matched_policy[none]');
  });
});

describe('authorise: what attributes are', () => {
  const cidr = (value: string): ValueMatch => ({ kind: 'cidr', value });
  const header = (name: string): Attribute => ({ kind: 'request.header', name });
  const kind = (kind: Exclude<Attribute['kind'], 'request.header' | 'request.auth.claim'>): Attribute => ({
    kind,
  });
  const cases: [name: string, wanted: Condition, call: Call, holds: boolean][] = [
    ['the principal has no scheme', condition(kind('source.principal'), [exact(peer)]), { peer }, true],
    [
      'cluster.local is an alias',
      condition(kind('source.principal'), [exact('cluster.local/ns/shop/sa/cart')]),
      { peer },
      true,
    ],
    [
      'cluster.local is no alias of others',
      condition(kind('source.principal'), [exact('cluster.local/ns/a/sa/b')]),
      { peer: 'other/ns/a/sa/b' },
      false,
    ],
    [
      'a principal by prefix',
      condition(kind('source.principal'), [prefix('weft.example/ns/shop/')]),
      { peer },
      true,
    ],
    ['no peer has no principal', condition(kind('source.principal'), [present]), {}, false],
    ['no peer is not excluded', condition(kind('source.principal'), [], [exact(peer)]), {}, true],
    ['notPrincipals * is met by plaintext', condition(kind('source.principal'), [], [present]), {}, true],
    [
      'notPrincipals * is not met by a peer',
      condition(kind('source.principal'), [], [present]),
      { peer },
      false,
    ],
    [
      'an alias is excluded too',
      condition(kind('source.principal'), [], [exact('cluster.local/ns/shop/sa/cart')]),
      { peer },
      false,
    ],
    ['the namespace is in the path', condition(kind('source.namespace'), [exact('shop')]), { peer }, true],
    [
      'another path has no namespace',
      condition(kind('source.namespace'), [present]),
      { peer: 'weft.example/x/shop' },
      false,
    ],
    [
      'a longer path has no namespace',
      condition(kind('source.namespace'), [present]),
      { peer: `${peer}/x` },
      false,
    ],
    [
      'the account is qualified',
      condition(kind('source.serviceAccount'), [exact('shop/cart')]),
      { peer },
      true,
    ],
    ['the trust domain', condition(kind('source.trustDomain'), [exact('weft.example')]), { peer }, true],
    ['source.ip is the connection', condition(kind('source.ip'), [cidr('10.0.0.0/8')]), {}, true],
    [
      'source.ip is no header',
      condition(kind('source.ip'), [cidr('1.2.3.4')]),
      { peer, headers: [['x-forwarded-for', '1.2.3.4']] },
      false,
    ],
    [
      'remote.ip is what a peer passed on',
      condition(kind('remote.ip'), [cidr('1.2.3.4')]),
      { peer, headers: [['x-forwarded-for', '9.9.9.9, 1.2.3.4']] },
      true,
    ],
    [
      'remote.ip of plaintext is the connection',
      condition(kind('remote.ip'), [cidr('1.2.3.4')]),
      { headers: [['x-forwarded-for', '1.2.3.4']] },
      false,
    ],
    [
      'remote.ip without header is the connection',
      condition(kind('remote.ip'), [cidr('10.0.0.1')]),
      { peer },
      true,
    ],
    [
      'an unknown address matches no block',
      condition(kind('source.ip'), [cidr('0.0.0.0/0')]),
      { remoteAddress: '' },
      false,
    ],
    ['destination.ip', condition(kind('destination.ip'), [cidr('10.0.0.2')]), {}, true],
    [
      'destination.port is the workload port',
      condition(kind('destination.port'), [{ kind: 'port', value: 8080 }]),
      {},
      true,
    ],
    ['another port', condition(kind('destination.port'), [{ kind: 'port', value: 80 }]), {}, false],
    ['the SNI', condition(kind('connection.sni'), [exact('a.b')]), { serverName: 'a.b' }, true],
    ['methods are case-sensitive', condition(kind('request.method'), [exact('get')]), {}, false],
    ['paths have no query', condition(kind('request.path'), [exact('/x')]), { url: 'app/x?y' }, true],
    [
      'hosts ignore case',
      condition(kind('request.host'), [exact('App.Example')]),
      { url: 'app.example/' },
      true,
    ],
    [
      'hosts are compared without port',
      condition(kind('request.host'), [exact('app')]),
      { url: 'app:8080/' },
      true,
    ],
    [
      'hosts are compared with port',
      condition(kind('request.host'), [exact('app:8080')]),
      { url: 'app:8080/' },
      true,
    ],
    [
      'an excluded host has no way out by its port',
      condition(kind('request.host'), [], [exact('app')]),
      { url: 'app:1/' },
      false,
    ],
    ['a header', condition(header('X-Team'), [exact('a')]), { headers: [['x-team', 'a']] }, true],
    [
      '* wants a header that is not empty',
      condition(header('x-team'), [present]),
      { headers: [['x-team', '']] },
      false,
    ],
    [
      'a claimed peer header is not there',
      condition(header('x-weft-peer'), [present]),
      { headers: [['x-weft-peer', 'a']] },
      false,
    ],
    [
      'a claimed client certificate is not there',
      condition(header('x-forwarded-client-cert'), [present]),
      { headers: [['x-forwarded-client-cert', 'a']] },
      false,
    ],
    ['nobody has request principals', condition(kind('request.auth.principal'), [present]), { peer }, false],
    [
      'nobody has claims',
      condition({ kind: 'request.auth.claim', path: ['sub'] }, [], [present]),
      { peer },
      true,
    ],
  ];
  for (const [name, wanted, call, holds] of cases) {
    test(name, () => {
      assert.equal(allows([buildPolicy('ALLOW', [{ when: [wanted] }])], call), holds, 'ALLOW');
      assert.equal(allows([buildPolicy('DENY', [{ when: [wanted] }])], call), !holds, 'DENY');
    });
  }
});

describe('authorise: repeated headers', () => {
  const team: Attribute = { kind: 'request.header', name: 'x-team' };
  const lines = (...values: string[]): Call => ({
    headers: values.map((value) => ['x-team', value] as const),
  });
  const good = condition(team, [exact('good')]);
  const notGood = condition(team, [], [exact('good')]);
  const cases: [action: 'ALLOW' | 'DENY', wanted: Condition, call: Call, allowed: boolean][] = [
    ['ALLOW', good, lines('good', 'evil'), false],
    ['ALLOW', good, lines('good', 'good'), true],
    ['ALLOW', notGood, lines('evil', 'good'), false],
    ['DENY', condition(team, [exact('evil')]), lines('good', 'evil'), false],
    ['DENY', condition(team, [exact('good,evil')]), lines('good', 'evil'), false],
    ['DENY', notGood, lines('good', 'evil'), false],
    ['DENY', notGood, lines('good', 'good'), true],
    // Where the platform has joined them, each may have been a line to a denial, and none is one to an admission.
    ['DENY', condition(team, [exact('evil')]), { ...lines('good, evil'), joinsLines: true }, false],
    ['DENY', condition(team, [exact('evil')]), lines('good, evil'), true],
    ['DENY', condition(team, [exact('good, evil')]), { ...lines('good, evil'), joinsLines: true }, false],
    ['DENY', condition(team, [prefix('ev')]), { ...lines('good, evil'), joinsLines: true }, false],
    ['DENY', condition(team, [exact('evil')]), { ...lines('good, bad'), joinsLines: true }, true],
    ['ALLOW', good, { ...lines('good, evil'), joinsLines: true }, false],
    ['ALLOW', condition(team, [exact('good, evil')]), { ...lines('good, evil'), joinsLines: true }, true],
    ['ALLOW', notGood, { ...lines('evil, good'), joinsLines: true }, false],
  ];
  for (const [action, wanted, call, allowed] of cases) {
    const values = call.headers?.map(([, value]) => value).join(' and ');
    test(`${action} ${JSON.stringify(wanted.values)} not ${JSON.stringify(wanted.notValues)}: ${values}`, () => {
      assert.equal(allows([buildPolicy(action, [{ when: [wanted] }])], call), allowed);
    });
  }
});

describe('authorise: the trace', () => {
  test('tells the nearest rule and why it does not match', () => {
    const rules = [
      { to: [[condition('request.path', [prefix('/other')])]] },
      {
        from: [[condition('source.namespace', [exact('shop')])]],
        to: [[condition('request.method', [exact('POST')])]],
      },
    ];
    const { active, request, connection } = arrange([buildPolicy('ALLOW', rules)], { peer });
    const { entries } = explain(active, request, connection, fixedInputs());
    const miss = entries.find((entry) => entry.verdict === 'miss');
    assert.match(miss?.text ?? '', /nearest is rule\[1\]: request\.method is "GET", wants exact "POST"/);
    assert.equal(miss?.source, 'rule/1');
    assert.equal(entries.at(-1)?.verdict, 'deny');
  });

  test('tells dry-run and audit policies although they decide nothing', () => {
    const policies = [buildPolicy('DENY', [{}], { dryRun: true }), buildPolicy('AUDIT', [{}])];
    const { active, request, connection } = arrange(policies, {});
    const { decision, entries } = explain(active, request, connection, fixedInputs());
    assert.equal(decision.kind, 'forward');
    const texts = entries.filter((entry) => entry.verdict === 'match').map((entry) => entry.text);
    assert.deepEqual(texts, [
      'AUDIT ns[default]-policy[policy] rule[0] matches',
      'dry-run DENY ns[default]-policy[policy] rule[0] matches',
    ]);
  });
});
