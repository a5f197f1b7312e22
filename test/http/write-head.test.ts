import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import type { Framing } from '../../src/http/framing.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import type { CanonicalRequest } from '../../src/http/message.ts';
import { readRequestHead } from '../../src/http/read-request-head.ts';
import { readResponseHead } from '../../src/http/read-response-head.ts';
import { writeRequestHead, writeResponseHead } from '../../src/http/write-head.ts';
import { textOf } from '../support/octets.ts';

const request = (over: Partial<CanonicalRequest> = {}): CanonicalRequest => ({
  method: 'GET',
  scheme: 'http',
  authority: 'a.example:80',
  host: 'a.example',
  port: 80,
  path: '/p',
  query: '?q',
  headers: new HeaderList(),
  ...over,
});
const HOP: [string, string][] = [
  ['connection', 'close, X-Hop'],
  ['connection', 'x-two'],
  ['keep-alive', 'timeout=5'],
  ['proxy-connection', 'keep-alive'],
  ['proxy-authorization', 'Basic x'],
  ['te', 'trailers'],
  ['trailer', 'x'],
  ['transfer-encoding', 'chunked'],
  ['upgrade', 'h2c'],
  ['content-length', '5'],
  ['x-hop', '1'],
  ['x-two', '2'],
];
const headers = HeaderList.from([['x-a', '1'], ...HOP, ['x-a', 'caf\xe9']]);

describe('a request head is written', () => {
  test('in origin-form with Host first, re-framed', () => {
    const text = textOf(writeRequestHead(request({ headers }), { kind: 'length', length: 7 }, 'keep-alive'));
    assert.equal(
      text,
      'GET /p?q HTTP/1.1\r\nhost: a.example:80\r\nx-a: 1\r\nx-a: caf\xe9\r\ncontent-length: 7\r\n\r\n',
    );
  });

  test('chunked, closing, or asking for an upgrade', () => {
    const chunked = textOf(writeRequestHead(request(), { kind: 'chunked' }, 'close'));
    assert.match(chunked, /\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n$/);
    const upgrade = textOf(writeRequestHead(request(), { kind: 'none' }, 'keep-alive', 'websocket'));
    assert.match(upgrade, /\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n$/);
  });

  const illegal: [string, Partial<CanonicalRequest>][] = [
    ['a line break in a value', { headers: HeaderList.from([['x', 'a\r\nb: c']]) }],
    ['a bare LF in a value', { headers: HeaderList.from([['x', 'a\nb']]) }],
    ['NUL in a value', { headers: HeaderList.from([['x', '\0']]) }],
    ['a code unit that is no octet', { headers: HeaderList.from([['x', '\u010d']]) }],
    ['a code unit whose low octet is LF', { headers: HeaderList.from([['x', '\u010a']]) }],
    ['a space in a name', { headers: HeaderList.from([['x y', '']]) }],
    ['an empty name', { headers: HeaderList.from([['', 'x']]) }],
    ['a space in the path', { path: '/a b' }],
    ['a line break in the query', { query: '?\r\n' }],
    ['a line break in the authority', { authority: 'a\r\nb' }],
    ['a space in the method', { method: 'GET /' }],
    ['an empty method', { method: '' }],
  ];
  for (const [name, over] of illegal) {
    test(`never with ${name}`, () => {
      assert.throws(() => writeRequestHead(request(over), { kind: 'none' }, 'close'), TypeError);
    });
  }

  test('never with a framing that a request cannot have', () => {
    assert.throws(() => writeRequestHead(request(), { kind: 'close' }, 'close'), TypeError);
    assert.throws(() => writeRequestHead(request(), { kind: 'length', length: -1 }, 'close'), TypeError);
  });
});

describe('a response head is written', () => {
  const write = (status: number, framing: Framing, connection: 'keep-alive' | 'close' = 'keep-alive') =>
    textOf(writeResponseHead({ status, reason: 'R', headers }, framing, connection));
  const body = 'x-a: 1\r\nx-a: caf\xe9\r\n';

  test('re-framed', () => {
    assert.equal(
      write(200, { kind: 'length', length: 0 }),
      `HTTP/1.1 200 R\r\n${body}content-length: 0\r\n\r\n`,
    );
    assert.equal(write(200, { kind: 'close' }), `HTTP/1.1 200 R\r\n${body}connection: close\r\n\r\n`);
  });

  test('without a body with the length that a HEAD or 304 tells, and with none for 204 and 1xx', () => {
    assert.equal(write(200, { kind: 'none' }), `HTTP/1.1 200 R\r\n${body}content-length: 5\r\n\r\n`);
    assert.equal(write(204, { kind: 'none' }), `HTTP/1.1 204 R\r\n${body}\r\n`);
    assert.equal(write(103, { kind: 'none' }), `HTTP/1.1 103 R\r\n${body}\r\n`);
  });

  test('never with a line break in the reason or an impossible status', () => {
    const head = { status: 200, reason: 'a\r\nb', headers };
    assert.throws(() => writeResponseHead(head, { kind: 'none' }, 'close'), TypeError);
    assert.throws(
      () => writeResponseHead({ ...head, status: 20, reason: '' }, { kind: 'none' }, 'close'),
      TypeError,
    );
  });
});

const fields = fc.array(
  fc.tuple(
    fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/).filter((name) => name !== 'te' && name !== 'host'),
    fc.stringMatching(/^([!-~\x80-\xff]([ -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/),
  ),
  { maxLength: 8 },
);
const framings = fc.oneof(
  fc.constantFrom<Framing>({ kind: 'none' }, { kind: 'chunked' }),
  fc.maxSafeNat().map((length): Framing => ({ kind: 'length', length })),
);
const FRAMING = ['content-length', 'transfer-encoding'];

test('what is written is read back', () => {
  fc.assert(
    fc.property(fields, framings, fc.stringMatching(/^\/[!-~]{0,20}$/), (pairs, framing, target) => {
      const judged = canonicalRequest(
        { method: 'POST', target, headers: HeaderList.from([['host', 'a'], ...pairs]) },
        'http',
        'DECODE_AND_MERGE_SLASHES',
      );
      if (isRefusal(judged)) return;
      const bytes = writeRequestHead(judged, framing, 'keep-alive');
      const read = readRequestHead(bytes, DEFAULT_LIMITS);
      assert.ok(read.kind === 'head', JSON.stringify(read));
      assert.deepEqual([read.length, read.framing, read.keepAlive], [bytes.length, framing, true]);
      assert.equal(read.head.target, judged.path + judged.query);
      const rest = [...read.head.headers].filter(([name]) => !FRAMING.includes(name));
      assert.deepEqual(rest, [['host', 'a'], ...pairs]);
    }),
  );
  fc.assert(
    fc.property(fields, framings, fc.integer({ min: 200, max: 599 }), (pairs, framing, status) => {
      const head = { status, reason: 'Some Reason', headers: HeaderList.from(pairs) };
      const bytes = writeResponseHead(head, framing, 'keep-alive');
      const bodiless = framing.kind === 'none' || status === 204 || status === 304;
      const read = readResponseHead(bytes, framing.kind === 'none' ? 'HEAD' : 'GET', DEFAULT_LIMITS);
      assert.ok(read.kind === 'head', JSON.stringify(read));
      assert.deepEqual([read.length, read.framing], [bytes.length, bodiless ? { kind: 'none' } : framing]);
      assert.deepEqual(
        [...read.headers].filter(([name]) => !FRAMING.includes(name)),
        pairs,
      );
    }),
  );
});

test('a 407 keeps its challenge', () => {
  const headers = HeaderList.from([['proxy-authenticate', 'Basic realm="weft"']]);
  const bytes = writeResponseHead({ status: 407, reason: '', headers }, { kind: 'none' }, 'close');
  assert.match(new TextDecoder().decode(bytes), /\r\nproxy-authenticate: Basic realm="weft"\r\n/);
});
