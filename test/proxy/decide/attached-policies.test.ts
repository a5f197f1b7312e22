import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activate } from '../../../src/proxy/activate.ts';
import type { Policy } from '../../../src/snapshot/policy.ts';
import {
  buildCluster,
  buildConnection,
  buildPolicy,
  buildRequest,
  buildRoute,
  buildVirtualHost,
  condition,
  fixedInputs,
  forwardTo,
  gatewaySnapshot,
} from '../../support/snapshot.ts';

const hosts = [buildVirtualHost(['*'], [buildRoute('r', forwardTo(['c']))])];

function gateway(policies: readonly Policy[], more: object) {
  const snapshot = gatewaySnapshot(hosts, [buildCluster('c')], policies);
  const listener = snapshot.gateway;
  assert.ok(listener);
  return activate({ ...snapshot, gateway: { ...listener, ...more } });
}

test('a policy that is attached to a Gateway holds for its hosts alone', () => {
  const policies = [
    buildPolicy('ALLOW', [], { name: 'a/own', gateways: ['A'] }),
    buildPolicy('DENY', [{ to: [[condition('request.path', [{ kind: 'exact', value: '/admin' }])]] }]),
  ];
  const owners = [
    { gateway: 'A', hosts: ['*.a.example'] },
    { gateway: 'B', hosts: ['*', 'open.a.example'] },
  ];
  const active = gateway(policies, { owners });
  const kindOf = (url: string) =>
    active.decide(buildRequest(url), buildConnection('gateway'), fixedInputs()).kind;
  assert.equal(kindOf('x.a.example/'), 'reply');
  assert.equal(kindOf('open.a.example/'), 'forward', 'a more exact host is another Gateway’s');
  assert.equal(kindOf('b.example/'), 'forward');
  assert.equal(kindOf('b.example/admin'), 'reply', 'what is attached to none holds for all');
});

test('a gateway believes as many proxies as it is told to', () => {
  const blocks = [{ kind: 'cidr', value: '192.0.2.0/24' }] as const;
  const policies = [buildPolicy('ALLOW', [{ when: [condition({ kind: 'remote.ip' }, blocks)] }])];
  const cases: [trusted: number, forwarded: string | undefined, allowed: boolean][] = [
    [0, '192.0.2.1', false],
    [1, '192.0.2.1', true],
    [1, '192.0.2.1, 10.1.1.1', false],
    [1, '10.1.1.1, 192.0.2.1', true],
    [2, '192.0.2.1,10.1.1.1', true],
    [2, '192.0.2.1', false],
    [1, 'unknown', false],
    [1, '192.0.2.1,', false],
    [1, undefined, false],
  ];
  for (const [trustedProxies, forwarded, allowed] of cases) {
    const active = gateway(policies, { trustedProxies });
    const headers = forwarded === undefined ? [] : [['x-forwarded-for', forwarded] as const];
    const connection = buildConnection('gateway', { remoteAddress: '10.9.9.9' });
    const { kind } = active.decide(buildRequest('a/', headers), connection, fixedInputs());
    assert.equal(kind === 'forward', allowed, `${trustedProxies} ${forwarded}`);
  }
});

test('the scheme that a client spoke is told by the proxies that are trusted', () => {
  const schemeTold = (trustedProxies: number, told: string) => {
    const request = buildRequest('a/', [['x-forwarded-proto', told]]);
    const decision = gateway([], { trustedProxies }).decide(
      request,
      buildConnection('gateway'),
      fixedInputs(),
    );
    const edits = decision.kind === 'forward' ? decision.requestEdits : [];
    return edits.flatMap((edit) =>
      edit.kind === 'set' && edit.name === 'x-forwarded-proto' ? edit.value : [],
    );
  };
  assert.deepEqual(schemeTold(0, 'https'), ['http']);
  assert.deepEqual(schemeTold(1, 'https'), ['https']);
  assert.deepEqual(schemeTold(1, 'gopher'), ['http']);
});
