import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { type RequestHead, readRequestHead } from '../../src/http/read-request-head.ts';
import { type ReadResponseHead, readResponseHead } from '../../src/http/read-response-head.ts';
import { checkEditedRequest, checkEditedResponse } from '../support/edited-check.ts';
import type { HeadEdit } from '../support/edited-head.ts';
import { octets } from '../support/octets.ts';
import { propertyRuns } from '../support/property-runs.ts';

const NAMES = [
  ...['accept', 'cookie', 'x-request-id', 'x-forwarded-client-cert', 'x-weft-peer', 'x_weft_peer', 'x-foo'],
  ...['p', 'priority', 'pragma', 'proxy-status', 'x-proxy-', 'tea', 'connection_', '~!#$', 'content-type'],
];
/** Those that a hop keeps to itself. */
const KEPT = ['proxy-authorization', 'proxy-foo', 'proxy-', 'te', 'trailer', 'keep-alive', 'upgrade'];

const cased = (names: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...names), fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }))
    .map(([name, upper]) => [...name].map((one, i) => (upper[i] ? one.toUpperCase() : one)).join(''));
const value = fc.constantFrom(
  '',
  '1',
  'a b',
  'x-foo, p',
  'a:b',
  '\xe4\x80',
  'a\xa0',
  'long '.repeat(20).trim(),
);
const gap = fc.constantFrom(': ', ': ', ': ', ':', ':\t', ':  ', ':\t ');
const end = fc.constantFrom('', '', '', ' ', '\t');
const field = (names: fc.Arbitrary<string>, values: fc.Arbitrary<string>) =>
  fc.tuple(names, gap, values, end).map((parts) => parts.join(''));
const lines = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: field(cased(NAMES), value) },
    { weight: 2, arbitrary: field(cased(KEPT), value) },
    {
      weight: 1,
      arbitrary: field(cased(['connection']), fc.constantFrom('close', 'X-Foo, te', 'tea', ',p\xa0')),
    },
  ),
  { maxLength: 9 },
);
const framing = fc.constantFrom(
  [],
  ['Content-Length: 5'],
  ['content-length:5 '],
  ['Transfer-Encoding: chunked'],
);
const edits = fc.array(
  fc.record<HeadEdit>({
    kind: fc.constantFrom('append', 'set', 'delete', 'without', 'fork'),
    name: fc.constantFrom(...NAMES),
    value: fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant('a\r\nx-evil: b') }),
  }),
  { maxLength: 6 },
);
const place = fc.nat({ max: 10 });
const empty = fc.constantFrom('', '\r\n');

/** The lines with others put in at a place. */
function withLines(all: readonly string[], more: readonly string[], at: number): string[] {
  return [...all.slice(0, at), ...more, ...all.slice(at)];
}

test('a request head that was read, edited and written is what a list of pairs would be', () => {
  const runs = fc.property(
    lines,
    framing,
    edits,
    place,
    place,
    empty,
    (fields, framed, changes, at, host, before) => {
      const all = withLines(withLines(fields, framed, at), ['hOST: a.example'], host);
      const text = `${before}POST /x?y HTTP/1.1\r\n${all.map((line) => `${line}\r\n`).join('')}\r\n`;
      const read = readRequestHead(octets(`${text}body\xff`), DEFAULT_LIMITS);
      assert.equal(read.kind, 'head', text);
      checkEditedRequest(read as RequestHead, text, changes);
    },
  );
  fc.assert(runs, { numRuns: propertyRuns(500) });
});

test('a response head that was read, edited and written is what a list of pairs would be', () => {
  const status = fc.constantFrom(200, 204, 304, 407, 503);
  const runs = fc.property(lines, framing, edits, place, status, (fields, framed, changes, at, code) => {
    const all = withLines(fields, framed, at);
    const text = `HTTP/1.1 ${code} R\xe9\r\n${all.map((line) => `${line}\r\n`).join('')}\r\n`;
    const read = readResponseHead(octets(`${text}\xff`), 'GET', DEFAULT_LIMITS);
    assert.equal(read.kind, 'head', text);
    checkEditedResponse(read as ReadResponseHead, text, changes);
  });
  fc.assert(runs, { numRuns: propertyRuns(500) });
});

test('what needs no change keeps the octets in which it came', () => {
  const text = 'GET / HTTP/1.1\r\nAccept: */*\r\nHOST: a\r\nX-Two:2\r\nx-Three: \xe4, b\r\nX-Four: 4\r\n\r\n';
  const read = readRequestHead(octets(text), DEFAULT_LIMITS) as RequestHead;
  const written = checkEditedRequest(read, text, [{ kind: 'delete', name: 'x-four', value: '' }]);
  assert.equal(
    written,
    'GET / HTTP/1.1\r\nhost: a.example\r\nAccept: */*\r\nx-two: 2\r\nx-Three: \xe4, b\r\n\r\n',
  );
});
