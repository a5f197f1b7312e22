import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activate } from '../../../src/proxy/activate.ts';
import { applyEdits } from '../../../src/proxy/decide/apply-edits.ts';
import type { RouteMatch } from '../../../src/snapshot/route.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  exact,
  fixedInputs,
  forwardTo,
  gatewaySnapshot,
} from '../../support/snapshot.ts';

const id = '00010203-0405-4607-8809-0a0b0c0d0e0f';

function throughGateway(
  headers: [string, string][],
  remoteAddress = '192.0.2.1',
  matches: RouteMatch[] = [],
) {
  const routes = [buildRoute('r', forwardTo(['c']), { matches })];
  const active = activate(gatewaySnapshot([buildVirtualHost(['*'], routes)], [buildCluster('c')]));
  const request = buildRequest('a/', headers);
  const decision = active.decide(request, buildConnection('gateway', { remoteAddress }), fixedInputs());
  return decision.kind === 'forward' ? [...applyEdits(request, decision.requestEdits).headers] : undefined;
}

describe('gateway headers', () => {
  test('no claim about the client or the mesh survives', () => {
    const names = [
      'x-forwarded-client-cert',
      'x-envoy-external-address',
      'x-envoy-original-path',
      'x-weft-peer',
      'forwarded',
      'cf-connecting-ip',
      'cf-ray',
      'true-client-ip',
      'x-real-ip',
      'x-forwarded-proto',
      'x-request-id',
    ];
    const spoofed = names.flatMap((name): [string, string][] => [
      [name, 'evil'],
      ['kept', 'good'],
      [name, 'evil'],
    ]);
    const seen = throughGateway(spoofed) ?? [];
    assert.deepEqual(
      seen.filter(([, value]) => value === 'evil'),
      [],
    );
    assert.equal(seen.filter(([name]) => name === 'kept').length, names.length);
  });

  test('the gateway says scheme, address and request id itself', () => {
    assert.deepEqual(throughGateway([]), [
      ['x-forwarded-proto', 'http'],
      ['x-forwarded-for', '192.0.2.1'],
      ['x-request-id', id],
    ]);
  });

  test('the address goes behind those that came', () => {
    const seen = throughGateway([
      ['x-forwarded-for', '1.1.1.1'],
      ['x-forwarded-for', '2.2.2.2'],
    ]);
    assert.deepEqual(
      seen?.find(([name]) => name === 'x-forwarded-for'),
      ['x-forwarded-for', '1.1.1.1,2.2.2.2,192.0.2.1'],
    );
  });

  test('routes see what the gateway says, not what the client says', () => {
    const wants = (name: string, value: string): RouteMatch[] => [
      { headers: [{ name, match: exact(value) }] },
    ];
    assert.equal(
      throughGateway([['x-forwarded-proto', 'https']], '::1', wants('x-forwarded-proto', 'https')),
      undefined,
    );
    assert.ok(throughGateway([['x-forwarded-proto', 'https']], '::1', wants('x-forwarded-proto', 'http')));
    assert.equal(throughGateway([['cf-ray', 'a']], '::1', wants('cf-ray', 'a')), undefined);
  });
});

describe('identity headers', () => {
  const listener = buildListener();
  const active = activate(buildSnapshot({ inbound: [listener], clusters: [buildCluster(listener.cluster)] }));

  for (const peer of [undefined, 'cluster.local/ns/a/sa/b']) {
    test(`the application sees no claim ${peer ? 'that a verified peer may not make' : 'of an unknown peer'}`, () => {
      const request = buildRequest('app/', [
        ['x-weft-peer', 'a'],
        ['X-Forwarded-Client-Cert', 'b'],
        ['x', 'c'],
        ['x-weft-peer', 'd'],
      ]);
      const decision = active.decide(
        request,
        buildConnection('inbound', peer === undefined ? {} : { peer }),
        fixedInputs(),
      );
      const edits = decision.kind === 'forward' ? decision.requestEdits : [];
      const own =
        'By=spiffe://cluster.local/ns/default/sa/app;Subject="";URI=spiffe://cluster.local/ns/a/sa/b';
      const certificate = peer === undefined ? [] : [['x-forwarded-client-cert', `b,${own}`]];
      assert.deepEqual([...applyEdits(request, edits).headers], [['x', 'c'], ...certificate]);
    });
  }

  test('a request without claims is not edited', () => {
    const decision = active.decide(
      buildRequest('app/', [['x', 'c']]),
      buildConnection('inbound'),
      fixedInputs(),
    );
    assert.deepEqual(decision.kind === 'forward' && decision.requestEdits, []);
  });
});
