import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HeaderList } from '../../src/http/header-list.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { readH2Request, readH2Response, readH2Trailers } from '../../src/http/read-h2-head.ts';
import {
  h2InterimFields,
  h2RequestFields,
  h2ResponseFields,
  h2TrailerFields,
} from '../../src/http/write-h2-head.ts';
import { buildRequest } from '../support/snapshot.ts';

const GET = [':method', 'GET', ':scheme', 'http', ':path', '/a?b', ':authority', 'reviews'];

function readRequest(fields: readonly string[], ended = true) {
  return readH2Request([...GET, ...fields], ended, DEFAULT_LIMITS);
}

function statusOf(fields: readonly string[], ended = true): number {
  const read = readH2Request(fields, ended, DEFAULT_LIMITS);
  return 'reason' in read ? read.status : 200;
}

describe('a request head of HTTP/2', () => {
  test('becomes the head that HTTP/1.1 would have had: Host from the authority, one Cookie, no Expect', () => {
    const read = readRequest(
      ['cookie', 'a=1', 'x', '1', 'cookie', 'b=2', 'x', '2', 'expect', '100-continue'],
      false,
    );
    assert.ok(!('reason' in read));
    assert.deepEqual([read.head.method, read.head.target], ['GET', '/a?b']);
    const fields = [
      ['cookie', 'a=1; b=2'],
      ['x', '1'],
      ['x', '2'],
      ['host', 'reviews'],
    ];
    assert.deepEqual([...read.head.headers], fields);
    assert.deepEqual([read.framing, read.expectContinue], [{ kind: 'chunked' }, true]);
  });

  test('is framed by its length and its end', () => {
    const table = [
      [[], true, 'none'],
      [[], false, 'chunked'],
      [['content-length', '3'], false, 'length'],
      [['content-length', '0'], true, 'none'],
    ] as const;
    for (const [fields, ended, kind] of table) {
      const read = readRequest(fields, ended);
      assert.ok(!('reason' in read));
      assert.equal(read.framing.kind, kind);
    }
    assert.equal(statusOf([...GET, 'content-length', '3'], true), 400);
    assert.equal(statusOf([...GET, 'content-length', '3', 'content-length', '3'], false), 400);
  });

  test('is refused where two readers could understand it in two ways', () => {
    const without = (name: string) => GET.filter((_, i) => GET[i - (i % 2)] !== name);
    const heads: readonly (readonly string[])[] = [
      without(':method'),
      without(':scheme'),
      without(':path'),
      [...GET, ':path', '/b'],
      [...GET, ':other', '1'],
      ['x', '1', ...GET],
      [...GET, 'host', 'evil'],
      [...GET, 'connection', 'close'],
      [...GET, 'transfer-encoding', 'chunked'],
      [...GET, 'upgrade', 'h2c'],
      [...GET, 'keep-alive', '1'],
      [...GET, 'proxy-connection', '1'],
      [...GET, 'te', 'gzip'],
      [...GET, 'X', '1'],
      [...GET, 'a b', '1'],
      [...GET, '', '1'],
      [...GET, 'x', 'a\r\nb: c'],
      [...GET, 'x', 'a\0'],
      [...GET, 'x', ' a'],
      [...GET, 'x', 'a\t'],
      [...without(':path'), ':path', 'http://evil/'],
      [...without(':path'), ':path', '/ HTTP/1.1'],
      [...without(':path'), ':path', ''],
      [...without(':scheme'), ':scheme', 'ftp'],
    ];
    for (const head of heads) assert.equal(statusOf(head), 400, head.join());
    assert.equal(statusOf([...GET, 'expect', 'a miracle']), 417);
    assert.equal(statusOf([':method', 'CONNECT', ':authority', 'x:1']), 405);
  });

  test('is bounded in octets, in fields and in the length of its path', () => {
    assert.equal(statusOf([...GET, 'x', 'a'.repeat(70_000)]), 431);
    assert.equal(statusOf([...GET, ...Array.from({ length: 101 }, () => ['x', '1']).flat()]), 431);
    assert.equal(statusOf([':method', 'GET', ':scheme', 'http', ':path', `/${'a'.repeat(20_000)}`]), 414);
    const crumbs = Array.from({ length: 150 }, () => ['cookie', 'a=1']).flat();
    assert.equal(statusOf([...GET, ...crumbs]), 200);
  });

  test('never throws, whatever the fields are', () => {
    const name = fc.oneof(
      fc.constantFrom(':method', ':path', ':authority', ':scheme', 'host', 'content-length', 'te'),
      fc.string(),
    );
    const property = fc.property(fc.array(fc.tuple(name, fc.string())), fc.boolean(), (pairs, ended) => {
      readH2Request(pairs.flat(), ended, DEFAULT_LIMITS);
      readH2Response(pairs.flat(), 'GET', ended, DEFAULT_LIMITS);
      readH2Trailers(pairs.flat(), DEFAULT_LIMITS);
    });
    fc.assert(property);
  });
});

test('a request head is written without hop-by-hop fields but for te: trailers', () => {
  const request = buildRequest('reviews:80/a?b', [
    ['te', 'trailers, deflate'],
    ['connection', 'x-hop'],
    ['x-hop', '1'],
    ['content-length', '9'],
    ['x', '1'],
  ]);
  assert.deepEqual(h2RequestFields(request, { kind: 'length', length: 3 }), [
    ...[':method', 'GET', ':scheme', 'http', ':authority', 'reviews:80', ':path', '/a?b'],
    ...['x', '1', 'content-length', '3', 'te', 'trailers'],
  ]);
  const evil = buildRequest('reviews/a', [['x', 'a\r\nb']]);
  assert.throws(() => h2RequestFields(evil, { kind: 'none' }), TypeError);
});

test('a response keeps the length of a body that is not sent, and no other that it does not have', () => {
  const headers = HeaderList.from([
    ['content-length', '9'],
    ['transfer-encoding', 'chunked'],
    ['x', '1'],
  ]);
  const write = (status: number) => h2ResponseFields({ status, reason: '', headers }, { kind: 'none' });
  assert.deepEqual(write(200), [':status', '200', 'x', '1', 'content-length', '9']);
  assert.deepEqual(write(204), [':status', '204', 'x', '1']);
  const chunked = h2ResponseFields({ status: 200, reason: 'OK', headers }, { kind: 'chunked' });
  assert.deepEqual(chunked, [':status', '200', 'x', '1']);
});

test('a response head is malformed without one status of three digits, and 101 does not exist', () => {
  for (const head of [
    [],
    [':status', '20'],
    [':status', '600'],
    [':status', '101'],
    [':status', '200', ':status', '200'],
    [':path', '/'],
  ]) {
    assert.equal(readH2Response(head, 'GET', true, DEFAULT_LIMITS), undefined, head.join());
  }
  assert.equal(
    readH2Response([':status', '200', 'content-length', '3'], 'GET', true, DEFAULT_LIMITS),
    undefined,
  );
  const head = readH2Response([':status', '200', 'content-length', '3'], 'HEAD', true, DEFAULT_LIMITS);
  assert.deepEqual(head?.framing, { kind: 'none' });
});

test('trailers carry no field that belongs into a head', () => {
  const read = readH2Trailers(['grpc-status', '0', 'content-length', '3', 'host', 'evil'], DEFAULT_LIMITS);
  assert.deepEqual([...(read ?? [])], [['grpc-status', '0']]);
  assert.equal(readH2Trailers([':path', '/'], DEFAULT_LIMITS), undefined);
  const written = h2TrailerFields(
    HeaderList.from([
      ['a', '1'],
      ['a', '2'],
      ['__proto__', '3'],
      ['te', 'x'],
    ]),
  );
  assert.deepEqual(Object.entries(written), [
    ['a', ['1', '2']],
    ['__proto__', ['3']],
  ]);
  const interim = h2InterimFields({ status: 103, reason: '', headers: HeaderList.from([['link', '</a>']]) });
  assert.deepEqual(Object.entries(interim), [
    ['link', ['</a>']],
    [':status', '103'],
  ]);
});
