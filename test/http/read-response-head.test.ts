import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Framing } from '../../src/http/framing.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { type ResponseRead, readResponseHead } from '../../src/http/read-response-head.ts';
import { mutated, octets } from '../support/octets.ts';

const read = (text: string, method = 'GET') => readResponseHead(octets(text), method, DEFAULT_LIMITS);

function headOf(result: ResponseRead) {
  return result.kind === 'head' ? result : assert.fail(JSON.stringify(result));
}

const NONE: Framing = { kind: 'none' };
const framings: [string, string, string, Framing, boolean][] = [
  ['GET', '200 OK', 'Content-Length: 3\r\n', { kind: 'length', length: 3 }, true],
  ['GET', '200 OK', 'Transfer-Encoding: chunked\r\n', { kind: 'chunked' }, true],
  ['GET', '200 OK', '', { kind: 'close' }, false],
  ['GET', '200 OK', 'Content-Length: 3\r\nConnection: close\r\n', { kind: 'length', length: 3 }, false],
  ['HEAD', '200 OK', 'Content-Length: 3\r\n', NONE, true],
  ['HEAD', '200 OK', 'Transfer-Encoding: chunked\r\n', NONE, true],
  ['GET', '204 No Content', '', NONE, true],
  ['GET', '304 Not Modified', 'Content-Length: 3\r\n', NONE, true],
  ['GET', '100 Continue', '', NONE, true],
  ['GET', '103 Early Hints', 'Content-Length: 3\r\n', NONE, true],
  ['GET', '101 Switching Protocols', 'Upgrade: websocket\r\n', NONE, false],
];
describe('a response', () => {
  for (const [method, status, fields, framing, keepAlive] of framings) {
    test(`${status} to ${method} with ${JSON.stringify(fields)} is framed by ${framing.kind}`, () => {
      const head = headOf(read(`HTTP/1.1 ${status}\r\n${fields}\r\n`, method));
      assert.deepEqual([head.framing, head.keepAlive], [framing, keepAlive]);
    });
  }

  test('of HTTP/1.0 ends its connection', () => {
    const raw = 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n';
    assert.equal(headOf(read(raw)).keepAlive, false);
  });

  test('may have any reason, or none', () => {
    for (const [line, reason] of [
      ['200 OK', 'OK'],
      ['200 ', ''],
      ['200', ''],
      ['299 d\xe9j\xe0 vu', 'd\xe9j\xe0 vu'],
      ['999 x', 'x'],
    ] as const) {
      const head = headOf(read(`HTTP/1.1 ${line}\r\nA: b\r\n\r\nrest`));
      assert.deepEqual(
        [head.reason, head.status, head.headers.get('a')],
        [reason, Number(line.slice(0, 3)), 'b'],
      );
      assert.equal(head.length, line.length + 19);
    }
  });
});

const refused: [string, string][] = [
  ['an empty line before', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['two spaces', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['a bare LF', 'HTTP/1.1 200 OK\nA: 1\n\n'],
  ['NUL in the reason', 'HTTP/1.1 200 \0\r\n\r\n'],
  ['folding', 'HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\n\r\n'],
  ['length and coding', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['equal lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n'],
  ['chunked before another', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n'],
  ['a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  [
    'ambiguous framing even without a body',
    'HTTP/1.1 304 X\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
  ],
  ['more than the limit', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(65_536)}\r\n\r\n`],
];
describe('a response head is refused for', () => {
  for (const [name, raw] of refused) test(name, () => assert.equal(read(raw).kind, 'refusal'));
});

test('however a head arrives, the verdict is that on the whole, and none throws', () => {
  const sample = octets('HTTP/1.1 200 OK\r\nA: \xe9\r\nConnection: close\r\nContent-Length: 3\r\n\r\n');
  const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(13, 10, 32))), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(edits, (changes) => {
      const raw = mutated(sample, changes);
      const whole = readResponseHead(raw, 'GET', DEFAULT_LIMITS);
      for (let end = 0; end < raw.length; end++) {
        const part = readResponseHead(raw.subarray(0, end), 'GET', DEFAULT_LIMITS);
        if (part.kind !== 'more') return assert.deepEqual(part, whole);
      }
    }),
  );
});
