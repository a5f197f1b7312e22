import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import type { PathNormalization } from '../../src/http/message.ts';
import { h2RequestFields } from '../../src/http/write-h2-head.ts';
import { writeRequestHead } from '../../src/http/write-head.ts';
import { textOf } from '../support/octets.ts';

type Pairs = [string, string][];
const HOST: Pairs = [['Host', 'a.example']];

function judge(target: string, pairs: Pairs = HOST, method = 'GET', scheme: 'http' | 'https' = 'http') {
  return canonicalRequest({ method, target, headers: HeaderList.from(pairs) }, scheme, 'BASE');
}

function accepted(target: string, pairs?: Pairs, method?: string, scheme?: 'http' | 'https') {
  const judged = judge(target, pairs, method, scheme);
  return isRefusal(judged) ? assert.fail(judged.reason) : judged;
}

function status(target: string, pairs?: Pairs, method?: string, scheme?: 'http' | 'https') {
  const judged = judge(target, pairs, method, scheme);
  return isRefusal(judged) ? judged.status : 'accepted';
}

describe('the door', () => {
  test('makes one form of a head, without Host among the fields', () => {
    const headers = HeaderList.from([
      ['X-A', '1'],
      ['Host', 'A.Example.:8080'],
      ['Connection', 'close'],
    ]);
    const judged = canonicalRequest({ method: 'GET', target: '/a/../b?c=%2e#d', headers }, 'https', 'BASE');
    assert.ok(!isRefusal(judged));
    assert.deepEqual(
      { ...judged, headers: [...judged.headers] },
      {
        method: 'GET',
        scheme: 'https',
        authority: 'a.example.:8080',
        host: 'a.example',
        port: 8080,
        path: '/b',
        query: '?c=%2e',
        headers: [
          ['x-a', '1'],
          ['connection', 'close'],
        ],
      },
    );
    assert.equal(headers.size, 3);
  });

  test('lets an absolute-form target override Host, which must be well-formed all the same', () => {
    const judged = accepted('HTTP://Reviews:9080?x', HOST);
    assert.deepEqual(
      [judged.authority, judged.port, judged.path, judged.query],
      ['reviews:9080', 9080, '/', '?x'],
    );
    assert.equal(accepted('http://b/x', []).host, 'b');
    assert.equal(status('http://b/x', [...HOST, ...HOST]), 400);
    assert.equal(status('http://b/x', [['Host', 'a b']]), 400);
    assert.equal(status('http://u@b/x'), 400);
    assert.equal(status('http:///x'), 400);
    assert.equal(status('https://b/x'), 400);
    assert.equal(status('https://b/x', HOST, 'GET', 'https'), 'accepted');
    assert.equal(status('ftp://b/x'), 400);
  });

  test('takes the asterisk for OPTIONS only', () => {
    assert.equal(accepted('*', HOST, 'OPTIONS').path, '*');
    assert.equal(status('*'), 400);
    assert.equal(status('*?x', HOST, 'OPTIONS'), 400);
  });

  const targets = [
    '',
    'a',
    '?x',
    '#x',
    '\\x',
    'a.example:443',
    '/a b',
    '/a\tb',
    '/a\0',
    '/\x7f',
    '/caf\xe9',
    '/\u0130',
  ];
  for (const target of targets) {
    test(`refuses the target ${JSON.stringify(target)}`, () => assert.equal(status(target), 400));
  }

  test('refuses an escaped NUL in the path, and leaves the query to its reader', () => {
    assert.equal(status('/a%00'), 400);
    assert.equal(accepted('/a?%00').query, '?%00');
  });

  const methods: [string, number | 'accepted'][] = [
    ['QUERY', 'accepted'],
    ['get', 400],
    ['Get', 400],
    ['', 400],
    ['G T', 400],
    ['GET\0', 400],
    ['FOO', 501],
    ['CONNECT', 405],
    ['TRACE', 405],
    ['TRACK', 405],
  ];
  for (const [method, expected] of methods) {
    test(`answers the method ${JSON.stringify(method)} with ${expected}`, () => {
      assert.equal(status('/', HOST, method), expected);
    });
  }

  const heads: [string, Pairs, number | 'accepted'][] = [
    ['no Host', [], 400],
    ['two Hosts', [...HOST, ...HOST], 400],
    ['a list of Hosts', [['Host', 'a, b']], 400],
    ['an empty Host', [['Host', '']], 400],
    ['two Authorizations', [...HOST, ['Authorization', 'a'], ['Authorization', 'b']], 400],
    ['a nominated Authorization', [...HOST, ['Connection', 'close, Authorization']], 400],
    ['a nominated forwarding field', [...HOST, ['Connection', 'X-Forwarded-For']], 400],
    ['a nominated field of ours', [...HOST, ['Connection', 'a'], ['Connection', 'x-weft-peer']], 400],
    ['a nominated Host', [...HOST, ['Connection', 'host']], 400],
    ['a nominated Content-Length', [...HOST, ['Connection', 'content-length']], 400],
    ['a nominated other field', [...HOST, ['Connection', 'Upgrade, HTTP2-Settings']], 'accepted'],
  ];
  for (const [name, pairs, expected] of heads) {
    test(`answers ${name} with ${expected}`, () => assert.equal(status('/', pairs), expected));
  }
});

test('any target is judged without throwing, and what passes passes again unchanged', () => {
  const targets = fc.oneof(fc.string(), fc.stringMatching(/^\/[%.\\/a2eEfF5cC0?#-]{0,20}$/));
  const modes = fc.constantFrom<PathNormalization>(
    'NONE',
    'BASE',
    'MERGE_SLASHES',
    'DECODE_AND_MERGE_SLASHES',
  );
  fc.assert(
    fc.property(targets, modes, (target, mode) => {
      const door = (again: string) =>
        canonicalRequest({ method: 'GET', target: again, headers: HeaderList.from(HOST) }, 'http', mode);
      const judged = door(target);
      if (!isRefusal(judged)) assert.deepEqual(door(judged.path + judged.query), judged);
    }),
  );
});

test('header dropping: what a client nominates goes at the door, and what is set in its place is sent on', () => {
  const pairs: [string, string][] = [
    ['host', 'a'],
    ['connection', 'Close, X-User'],
    ['x-user', 'mallory'],
    ['te', 'trailers'],
    ['connection', 'te, x-other'],
  ];
  const judged = canonicalRequest(
    { method: 'GET', target: '/', headers: HeaderList.from(pairs) },
    'http',
    'BASE',
  );
  assert.ok(!isRefusal(judged));
  assert.deepEqual([...judged.headers], [['te', 'trailers']]);
  judged.headers.set('x-user', 'alice');
  const written = textOf(writeRequestHead(judged, { kind: 'none' }, 'keep-alive'));
  assert.equal(written, 'GET / HTTP/1.1\r\nhost: a\r\nx-user: alice\r\n\r\n');
  assert.deepEqual(h2RequestFields(judged, { kind: 'none' }).slice(8), ['x-user', 'alice', 'te', 'trailers']);
});
