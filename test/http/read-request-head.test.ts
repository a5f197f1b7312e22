import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Framing } from '../../src/http/framing.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { type RequestRead, readRequestHead } from '../../src/http/read-request-head.ts';
import { mutated, octets } from '../support/octets.ts';

const read = (text: string) => readRequestHead(octets(text), DEFAULT_LIMITS);
const get = (fields: string, version = '1.1') => read(`GET / HTTP/${version}\r\n${fields}\r\n`);

function headOf(result: RequestRead) {
  assert.equal(result.kind, 'head', JSON.stringify(result));
  return result.kind === 'head' ? result : assert.fail();
}

describe('a request head', () => {
  test('is read with lower-case names, trimmed values and repeated lines apart', () => {
    const raw =
      'POST /a?b=c HTTP/1.1\r\nHost: a\r\nX-One:\t 1 \t\r\nx-one:\r\nX-Latin: caf\xe9 \x80\r\n\r\nbody';
    const { head, length, version, keepAlive, framing } = headOf(read(raw));
    assert.deepEqual([head.method, head.target], ['POST', '/a?b=c']);
    assert.deepEqual(
      [...head.headers],
      [
        ['host', 'a'],
        ['x-one', '1'],
        ['x-one', ''],
        ['x-latin', 'caf\xe9 \x80'],
      ],
    );
    assert.equal(length, raw.length - 4);
    assert.deepEqual([version, keepAlive, framing], ['1.1', true, { kind: 'none' }]);
  });

  test('may follow one empty line, which counts as consumed', () => {
    assert.equal(headOf(read('\r\nGET / HTTP/1.1\r\n\r\n')).length, 20);
    assert.equal(read('\r\n\r\nGET / HTTP/1.1\r\n\r\n').kind, 'refusal');
  });

  const framings: [string, Framing][] = [
    ['', { kind: 'none' }],
    ['Content-Length: 0\r\n', { kind: 'length', length: 0 }],
    ['content-length:  0042\t\r\n', { kind: 'length', length: 42 }],
    ['Content-Length: 9007199254740991\r\n', { kind: 'length', length: Number.MAX_SAFE_INTEGER }],
    ['Transfer-Encoding: chunked\r\n', { kind: 'chunked' }],
    ['TRANSFER-ENCODING:\tCHUNKED \r\n', { kind: 'chunked' }],
  ];
  for (const [fields, framing] of framings) {
    test(`with ${JSON.stringify(fields)} is framed by ${framing.kind}`, () => {
      assert.deepEqual(headOf(get(fields)).framing, framing);
    });
  }

  const keeping: [string, string, boolean][] = [
    ['', '1.1', true],
    ['', '1.0', false],
    ['Connection: keep-alive\r\n', '1.0', false],
    ['Connection: close\r\n', '1.1', false],
    ['Connection: foo, Close\r\n', '1.1', false],
    ['Connection: foo\r\nConnection: close\r\n', '1.1', false],
    ['Connection: closed\r\n', '1.1', true],
  ];
  for (const [fields, version, keepAlive] of keeping) {
    test(`HTTP/${version} with ${JSON.stringify(fields)} ${keepAlive ? 'keeps' : 'ends'} the connection`, () => {
      assert.equal(headOf(get(fields, version)).keepAlive, keepAlive);
    });
  }

  test('asks for an upgrade only with the option, in HTTP/1.1 and without a body', () => {
    const upgrade = 'Upgrade: WebSocket\r\n';
    const option = 'Connection: keep-alive, Upgrade\r\n';
    assert.equal(headOf(get(upgrade + option)).upgrade, 'websocket');
    assert.equal(headOf(get(upgrade)).upgrade, undefined);
    assert.equal(headOf(get(upgrade + option, '1.0')).upgrade, undefined);
    assert.equal(headOf(get(`${upgrade + option}Content-Length: 1\r\n`)).upgrade, undefined);
  });

  test('expects 100 only with a body and in HTTP/1.1', () => {
    const expects = 'Expect: 100-Continue\r\nContent-Length: 3\r\n';
    assert.equal(headOf(get(expects)).expectContinue, true);
    assert.equal(headOf(get(expects, '1.0')).expectContinue, false);
    assert.equal(headOf(get('Expect: 100-continue\r\n')).expectContinue, false);
  });
});

const refused: [string, number, string][] = [
  ['a bare LF', 400, 'GET / HTTP/1.1\nHost: a\n\n'],
  ['a bare LF between fields', 400, 'GET / HTTP/1.1\r\nA: 1\nB: 2\r\n\r\n'],
  ['a bare CR between fields', 400, 'GET / HTTP/1.1\r\nA: 1\rB: 2\r\n\r\n'],
  ['a bare CR at the end', 400, 'GET / HTTP/1.1\r\nA: 1\r\n\rX'],
  ['folding', 400, 'GET / HTTP/1.1\r\nA: 1\r\n 2\r\n\r\n'],
  ['a space before the first field', 400, 'GET / HTTP/1.1\r\n A: 1\r\n\r\n'],
  ['a space before the colon', 400, 'GET / HTTP/1.1\r\nA : 1\r\n\r\n'],
  ['an empty name', 400, 'GET / HTTP/1.1\r\n: 1\r\n\r\n'],
  ['a line without a colon', 400, 'GET / HTTP/1.1\r\nA\r\n\r\n'],
  ['a name in obs-text', 400, 'GET / HTTP/1.1\r\n\xc4: 1\r\n\r\n'],
  ['NUL in a value', 400, 'GET / HTTP/1.1\r\nA: \0\r\n\r\n'],
  ['DEL in a value', 400, 'GET / HTTP/1.1\r\nA: \x7f\r\n\r\n'],
  ['a vertical tab in a value', 400, 'GET / HTTP/1.1\r\nA: \x0b\r\n\r\n'],
  ['two spaces', 400, 'GET  / HTTP/1.1\r\n\r\n'],
  ['two spaces before the version', 400, 'GET /  HTTP/1.1\r\n\r\n'],
  ['a space after the version', 400, 'GET / HTTP/1.1 \r\n\r\n'],
  ['a tab separator', 400, 'GET\t/ HTTP/1.1\r\n\r\n'],
  ['a leading space', 400, ' GET / HTTP/1.1\r\n\r\n'],
  ['a leading bare CR', 400, '\rGET / HTTP/1.1\r\n\r\n'],
  ['no version', 400, 'GET /\r\n\r\n'],
  ['a lower-case version', 400, 'GET / http/1.1\r\n\r\n'],
  ['a version with two digits', 400, 'GET / HTTP/1.11\r\n\r\n'],
  ['a target in obs-text', 400, 'GET /\xe9 HTTP/1.1\r\n\r\n'],
  ['a lower-case method', 400, 'get / HTTP/1.1\r\n\r\n'],
  ['a method with @', 400, 'G@T / HTTP/1.1\r\n\r\n'],
  ['an unknown method', 501, 'FOO / HTTP/1.1\r\n\r\n'],
  ['HTTP/2.0', 505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/1.2', 505, 'GET / HTTP/1.2\r\n\r\n'],
  ['a signed length', 400, 'GET / HTTP/1.1\r\nContent-Length: +5\r\n\r\n'],
  ['a hexadecimal length', 400, 'GET / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n'],
  ['an empty length', 400, 'GET / HTTP/1.1\r\nContent-Length:\r\n\r\n'],
  ['a huge length', 400, 'GET / HTTP/1.1\r\nContent-Length: 9007199254740992\r\n\r\n'],
  ['a list of equal lengths', 400, 'GET / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n'],
  ['equal lengths', 400, 'GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n'],
  ['length and coding', 400, 'GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['coding in HTTP/1.0', 400, 'GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['two codings', 400, 'GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
  [
    'chunked twice',
    400,
    'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n',
  ],
  ['an empty coding', 400, 'GET / HTTP/1.1\r\nTransfer-Encoding:\r\n\r\n'],
  ['an unknown coding', 501, 'GET / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n'],
  ['identity', 501, 'GET / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n'],
  ['an unknown expectation', 417, 'GET / HTTP/1.1\r\nExpect: 200-ok\r\n\r\n'],
  ['a repeated expectation', 417, 'GET / HTTP/1.1\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n'],
];
describe('a request head is refused for', () => {
  for (const [name, status, raw] of refused) {
    test(name, () => {
      const result = read(raw);
      assert.equal(result.kind === 'refusal' ? result.status : result.kind, status);
    });
  }
});

describe('the limits', () => {
  const limits = { bytes: 100, fields: 2, target: 10 };
  const within = (text: string) => {
    const result = readRequestHead(octets(text), limits);
    return result.kind === 'refusal' ? result.status : result.kind;
  };

  test('bound the target', () => {
    assert.equal(within(`GET ${'/'.repeat(10)} HTTP/1.1\r\n\r\n`), 'head');
    assert.equal(within(`GET ${'/'.repeat(11)} HTTP/1.1\r\n\r\n`), 414);
    assert.equal(within(`GET ${'/'.repeat(11)}`), 414);
  });

  test('bound the fields', () => {
    assert.equal(within('GET / HTTP/1.1\r\nA:\r\nB:\r\n\r\n'), 'head');
    assert.equal(within('GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r\n\r\n'), 431);
  });

  test('bound the head to the byte', () => {
    const head = (bytes: number) => `GET / HTTP/1.1\r\nA:${'x'.repeat(bytes - 22)}\r\n\r\n`;
    assert.equal(head(100).length, 100);
    assert.equal(within(head(100)), 'head');
    assert.equal(within(head(101)), 431);
    assert.equal(within(head(100).slice(0, 99)), 'more');
  });

  test('hold more fields than any reader keeps ready', () => {
    const fields = Array.from({ length: 1000 }, (_, i) => `a${i}: ${i}\r\n`).join('');
    const result = readRequestHead(octets(`GET / HTTP/1.1\r\n${fields}\r\n`), {
      ...DEFAULT_LIMITS,
      fields: 1000,
    });
    const { headers } = headOf(result).head;
    assert.deepEqual([headers.size, headers.get('a0'), headers.get('a999')], [1000, '0', '999']);
  });
});

const SAMPLE =
  '\r\nPOST /a?b HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\nX-A: \xe9\r\nTransfer-Encoding: chunked\r\n\r\n';
const raws = fc.oneof(
  fc.constant(octets(SAMPLE)),
  fc.constantFrom(...refused.map(([, , raw]) => octets(raw))),
  fc
    .array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(13, 10, 32, 58))), { maxLength: 4 })
    .map((edits) => mutated(octets(SAMPLE), edits)),
);

test('however a head arrives, the verdict is that on the whole, and none throws', () => {
  fc.assert(
    fc.property(
      raws,
      fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
      fc.boolean(),
      (raw, steps, hint) => {
        const whole = readRequestHead(raw, DEFAULT_LIMITS);
        let seen = 0;
        for (const step of steps) {
          const end = Math.min(raw.length, seen + step);
          const part = readRequestHead(raw.subarray(0, end), DEFAULT_LIMITS, hint ? seen : 0);
          if (part.kind !== 'more' || end === raw.length) {
            // With the hint a line is judged when it ends; until then the answer is still open.
            if (!(hint && part.kind === 'more' && whole.kind === 'refusal')) assert.deepEqual(part, whole);
            return;
          }
          seen = end;
        }
      },
    ),
  );
});
