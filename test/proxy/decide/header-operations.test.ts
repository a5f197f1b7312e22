import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyEdits, applyResponseEdits } from '../../../src/proxy/decide/apply-edits.ts';
import { compileHeaderChanges } from '../../../src/proxy/decide/header-operations.ts';
import type { HeaderChange } from '../../../src/snapshot/route.ts';
import { buildConnection, buildRequest } from '../../support/snapshot.ts';

const change = (parts: Partial<HeaderChange>): HeaderChange => ({ remove: [], set: [], add: [], ...parts });
const connection = buildConnection('outbound', { peer: 'td/ns/a/sa/b' });

function edited(levels: HeaderChange[], headers: [string, string][], url = 'host:81/path?q') {
  const request = buildRequest(url, headers);
  return applyEdits(request, compileHeaderChanges(levels, 'request')({ request, connection }, []));
}

describe('header operations', () => {
  test('within a level remove comes first, then set, then add', () => {
    const level = change({ remove: ['a'], set: [['a', '1']], add: [['a', '2']] });
    assert.deepEqual(
      [...edited([level], [['a', '0']]).headers],
      [
        ['a', '1'],
        ['a', '2'],
      ],
    );
  });

  test("the route's set wins over its destination's", () => {
    const levels = [change({ set: [['a', 'destination']] }), change({ set: [['a', 'route']] })];
    assert.deepEqual([...edited(levels, []).headers], [['a', 'route']]);
  });

  test('Host and :authority change the authority, and the route wins', () => {
    const levels = [
      change({ set: [['Host', 'destination']] }),
      change({ set: [[':authority', 'Route:82']] }),
    ];
    const { authority, host, port, headers } = edited(levels, []);
    assert.deepEqual([authority, host, port, headers.size], ['route:82', 'route', 82, 0]);
  });

  test('what delimits a message stays as it is', () => {
    const set: [string, string][] = [
      ['content-length', '9'],
      ['Transfer-Encoding', 'chunked'],
      [':path', '/x'],
      ['a b', 'c'],
    ];
    const { headers, path } = edited(
      [change({ remove: ['connection', 'Host'], set })],
      [['connection', 'close']],
    );
    assert.deepEqual([[...headers], path], [[['connection', 'close']], '/path']);
  });

  const templates: [template: string, expected: string | undefined][] = [
    ['plain', 'plain'],
    ['%REQ(x-user)%', 'jo'],
    ['%REQ(X-USER)%', 'jo'],
    ['<%REQ(x-user)%>', '<jo>'],
    ['%REQ(none)%', undefined],
    ['%REQ(none?x-user)%', 'jo'],
    ['%REQ(x-user):1%', 'j'],
    ['%REQ(:authority)% %REQ(:path)% %REQ(:method)% %REQ(:scheme)%', 'host:81 /path?q GET http'],
    ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '10.0.0.1'],
    ['%DOWNSTREAM_PEER_URI_SAN%', 'spiffe://td/ns/a/sa/b'],
    ['100%%', '100%'],
    ['%%REQ(x-user)%%', '%REQ(x-user)%'],
    ['50% of %REQ(x-user)%', '50% of jo'],
    ['%UNKNOWN(x)%', '%UNKNOWN(x)%'],
    ['a\r\nb: c', 'a  b: c'],
    ['', undefined],
  ];
  for (const [template, expected] of templates) {
    test(`the value ${JSON.stringify(template)} gives ${JSON.stringify(expected) ?? 'no header'}`, () => {
      assert.equal(
        edited([change({ set: [['out', template]] })], [['x-user', 'jo']]).headers.get('out'),
        expected,
      );
    });
  }

  test('a template sees what was edited before it', () => {
    const levels = [
      change({ set: [['a', '1']] }),
      change({ remove: ['b'], set: [['c', '%REQ(a)%%REQ(b)%']] }),
    ];
    assert.equal(edited(levels, [['b', '2']]).headers.get('c'), '1');
  });

  test('edits that no request changes are made once', () => {
    const make = compileHeaderChanges([change({ set: [['a', '1']] })], 'request');
    const arrival = { request: buildRequest('a/'), connection };
    assert.equal(make(arrival, []), make(arrival, []));
  });

  test('a response has no authority', () => {
    const request = buildRequest('a/', [['x', 'y']]);
    const set: [string, string][] = [
      [':authority', 'a'],
      ['x-seen', '%REQ(x)%'],
    ];
    const edits = compileHeaderChanges([change({ set })], 'response')({ request, connection }, []);
    assert.deepEqual(
      [...applyResponseEdits(request.headers, edits)],
      [
        ['x', 'y'],
        ['x-seen', 'y'],
      ],
    );
  });
});
