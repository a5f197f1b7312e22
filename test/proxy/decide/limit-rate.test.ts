import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activate } from '../../../src/proxy/activate.ts';
import type { Answers } from '../../../src/proxy/decide/answers.ts';
import type { AskLimits } from '../../../src/proxy/decide/decision.ts';
import type { Attribute } from '../../../src/snapshot/policy.ts';
import type { RateLimit } from '../../../src/snapshot/rate-limit.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildPolicy,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  fixedInputs,
  forwardTo,
  gatewaySnapshot,
} from '../../support/snapshot.ts';

function limitBy(id: string, key: readonly Attribute[], more: Partial<RateLimit> = {}): RateLimit {
  return {
    source: `RateLimit/${id}`,
    id,
    name: id,
    rules: [],
    key,
    requests: 1,
    periodMs: 1000,
    burst: 1,
    scope: 'local',
    onBackendFailure: 'allow',
    ...more,
  };
}

const anybody = limitBy('anybody', [{ kind: 'source.ip' }]);
const named = limitBy('named', [{ kind: 'source.principal' }]);
const passed = { kind: 'passed' } as const;

function inbound(limits: readonly RateLimit[], custom = false) {
  const rules = [{ from: [], to: [], when: [] }];
  const policies = custom ? [buildPolicy('CUSTOM', rules, { name: 'a/ask' })] : [];
  const listener = { ...buildListener(), policies, limits };
  const active = activate(buildSnapshot({ inbound: [listener] }));
  const connection = { ...buildConnection('inbound'), port: listener.port, remoteAddress: '192.0.2.7' };
  return (answers?: Answers) => active.decide(buildRequest('a/'), connection, { ...fixedInputs(), answers });
}

describe('a decision with limits', () => {
  test('asks for a token of each limit, first of those that need no name, and of each stage once', () => {
    const decide = inbound([named, anybody]);
    const first = decide() as AskLimits;
    assert.deepEqual(
      [first.kind, first.need, first.stage, first.takings.map(({ limit, key }) => [limit.id, key])],
      ['ask', 'limits', 'arrival', [['anybody', '192.0.2.7']]],
    );
    const arrived: Answers = { limits: { get: (stage) => (stage === 'arrival' ? passed : undefined) } };
    const second = decide(arrived) as AskLimits;
    assert.deepEqual([second.stage, second.takings.map(({ limit }) => limit.id)], ['authorized', ['named']]);
    assert.equal(decide({ limits: { get: () => passed } }).kind, 'forward');
  });

  test('is the same however often it is asked: nothing is taken by deciding', () => {
    const decide = inbound([anybody]);
    for (let i = 0; i < 5; i++) assert.deepEqual(decide(), decide());
  });

  test('refuses before anybody else is asked', () => {
    const decide = inbound([anybody], true);
    assert.equal((decide() as AskLimits).need, 'limits');
    const over: Answers = { limits: { get: () => ({ kind: 'limited', limit: anybody, fullInMs: 1000 }) } };
    const reply = decide(over);
    assert.deepEqual([reply.kind, Object(reply).status, Object(reply).flag], ['reply', 429, 'RL']);
    const denied = decide({ limits: { get: () => passed } });
    assert.equal(Object(denied).status, 403, 'CUSTOM without an authorizer denies');
  });

  test('on bytes that nobody reads asks for nothing', () => {
    const listener = { ...buildListener(), limits: [anybody, named] };
    const active = activate(buildSnapshot({ inbound: [listener] }));
    const connection = { ...buildConnection('inbound'), port: listener.port };
    assert.equal(active.decideConnection(connection, fixedInputs()).kind, 'forward');
  });

  test('at a gateway counts what is attached to a Gateway for its hosts alone', () => {
    const hosts = [buildVirtualHost(['*'], [buildRoute('r', forwardTo(['c']))])];
    const snapshot = gatewaySnapshot(hosts, [buildCluster('c')], []);
    assert.ok(snapshot.gateway);
    const owners = [
      { gateway: 'A', hosts: ['*.a.example'] },
      { gateway: 'B', hosts: ['*'] },
    ];
    const limits = [limitBy('own', [], { gateways: ['A'] }), limitBy('all', [])];
    const active = activate({ ...snapshot, gateway: { ...snapshot.gateway, limits, owners } });
    const takings = (url: string) => {
      const ask = active.decide(buildRequest(url), buildConnection('gateway'), fixedInputs()) as AskLimits;
      return ask.takings.map(({ limit }) => limit.id);
    };
    assert.deepEqual(takings('x.a.example/'), ['own', 'all']);
    assert.deepEqual(takings('b.example/'), ['all']);
  });

  const bad: readonly (readonly [string, Partial<RateLimit>])[] = [
    ['a pattern that is none', { rules: [ruleOf({ kind: 'regex', value: '(' })] }],
    ['a block that is none', { rules: [ruleOf({ kind: 'cidr', value: 'x' })] }],
  ];
  for (const [what, more] of bad)
    test(`${what} keeps the snapshot out`, () => {
      const listener = { ...buildListener(), limits: [limitBy('bad', [], more)] };
      assert.throws(() => activate(buildSnapshot({ inbound: [listener] })));
    });
});

function ruleOf(value: RateLimit['rules'][number]['when'][number]['values'][number]) {
  const when = [{ attribute: { kind: 'request.path' }, values: [value], notValues: [] }] as const;
  return { source: '', from: [], to: [], when };
}
