import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CidrError } from '../../src/match/cidr.ts';
import { RegexError } from '../../src/match/regex.ts';
import { activate, decide } from '../../src/proxy/activate.ts';
import {
  buildConnection,
  buildListener,
  buildPolicy,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  condition,
  fixedInputs,
  forwardTo,
  gatewaySnapshot,
} from '../support/snapshot.ts';

describe('activate', () => {
  const listener = buildListener({
    servicePorts: [
      { service: 'a', port: 80 },
      { service: 'b', port: 81 },
    ],
  });
  const active = activate(buildSnapshot({ inbound: [listener] }));

  test('listeners are found by workload port and by service port', () => {
    assert.equal(active.inbound(8080), listener);
    assert.equal(active.inbound(80), undefined);
    assert.equal(active.inboundByService('b', 81), listener);
    assert.equal(active.inboundByService('b', 80), undefined);
  });

  test('a request on a port without a listener closes the connection', () => {
    const decision = active.decide(
      buildRequest('a/'),
      buildConnection('inbound', { port: 1 }),
      fixedInputs(),
    );
    assert.deepEqual(decision.kind === 'reply' && [decision.status, decision.details], [
      0,
      'filter_chain_not_found',
    ]);
  });

  test("no direction borrows another target's chain", () => {
    const gateway = activate(gatewaySnapshot([], []));
    for (const [snapshot, direction] of [
      [active, 'gateway'],
      [gateway, 'outbound'],
      [gateway, 'inbound'],
    ] as const) {
      const decision = snapshot.decide(buildRequest('a/'), buildConnection(direction), fixedInputs());
      assert.equal(decision.kind === 'reply' && decision.status, 0);
    }
  });

  test('without a snapshot the decision is to ask for it', () => {
    const decision = decide(buildRequest('a/'), buildConnection('inbound'), undefined, fixedInputs());
    assert.deepEqual(decision, { kind: 'ask', need: 'snapshot' });
  });

  test('with a snapshot the decision is its own', () => {
    assert.equal(
      decide(buildRequest('a/'), buildConnection('inbound'), active, fixedInputs()).kind,
      'forward',
    );
  });

  test('a pattern that cannot be compiled stops the activation', () => {
    const matches = [{ path: { kind: 'regex', value: '(' } as const }];
    const hosts = [buildVirtualHost(['*'], [buildRoute('r', forwardTo(['c']), { matches })])];
    assert.throws(() => activate(gatewaySnapshot(hosts, [])), RegexError);
  });

  test('a block that cannot be read stops the activation', () => {
    const when = [condition({ kind: 'source.ip' }, [{ kind: 'cidr', value: '10.0.0.0/99' }])];
    const policies = [buildPolicy('DENY', [{ when }])];
    assert.throws(() => activate(buildSnapshot({ inbound: [buildListener({ policies })] })), CidrError);
  });

  const asksPath = { to: [[condition('request.path', [{ kind: 'exact', value: '/never' }])]] };
  const asksPeer = { from: [[condition('source.namespace', [{ kind: 'exact', value: 'a' }])]] };
  const peer = 'cluster.local/ns/a/sa/b';
  const unread = [
    ['no policy', [], undefined, 'forward'],
    ['an ALLOW rule about requests', [buildPolicy('ALLOW', [asksPath])], undefined, 'reply'],
    ['an ALLOW rule about the peer', [buildPolicy('ALLOW', [asksPath, asksPeer])], peer, 'forward'],
    ['an ALLOW rule about another peer', [buildPolicy('ALLOW', [asksPeer])], undefined, 'reply'],
    ['a DENY rule about requests', [buildPolicy('DENY', [asksPath])], undefined, 'reply'],
    [
      'a DENY rule about requests of a peer',
      [buildPolicy('DENY', [{ ...asksPath, ...asksPeer }])],
      peer,
      'reply',
    ],
    [
      'a DENY rule about another peer',
      [buildPolicy('DENY', [{ ...asksPath, ...asksPeer }])],
      undefined,
      'forward',
    ],
  ] as const;
  for (const [name, policies, peer, expected] of unread) {
    test(`bytes that nobody reads: ${name} gives ${expected}`, () => {
      const active = activate(buildSnapshot({ inbound: [buildListener({ policies })] }));
      const connection = buildConnection('inbound', peer === undefined ? {} : { peer });
      const decision = active.decideConnection(connection, fixedInputs());
      assert.equal(decision.kind, expected);
      if (decision.kind === 'reply') assert.equal(decision.status, 0);
    });
  }
});
