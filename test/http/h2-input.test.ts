import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { H2Input } from '../../src/http/h2-input.ts';
import {
  block,
  data,
  END_HEADERS,
  FRAME,
  frame,
  GET_FIELDS,
  headers,
  PADDED,
  PREFACE,
  PRIORITY,
  settings,
} from '../support/h2-frames.ts';

const LIMITS = { headBytes: 2000, streams: 3 };
const GREETING = Buffer.concat([PREFACE, settings()]);
const USUAL = block(GET_FIELDS);
const LARGE = block([...GET_FIELDS, ['x', 'y'.repeat(2000)]]);

function padded(fields: Uint8Array, padding: number, flags = 0): Buffer {
  const priority = flags & PRIORITY ? [0, 0, 0, 0, 15] : [];
  const payload = [padding, ...priority, ...fields, ...new Array<number>(padding).fill(0xff)];
  return frame(FRAME.headers, PADDED | END_HEADERS | flags, 1, payload);
}

function continued(...parts: readonly Uint8Array[]): Buffer {
  const [first = new Uint8Array(0), ...others] = parts;
  return Buffer.concat([
    frame(FRAME.headers, 0, 1, first),
    ...others.map((part) => frame(FRAME.continuation, 0, 1, part)),
  ]);
}

function pieces(bytes: Uint8Array, length: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / length);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}

const CASES: readonly (readonly [name: string, bytes: Uint8Array, accepted: boolean])[] = [
  ['an ordinary request', headers(1, GET_FIELDS), true],
  ['a head above the limit', frame(FRAME.headers, END_HEADERS, 1, LARGE), false],
  ['the same in many frames', continued(...pieces(LARGE, 300)), false],
  [
    'a literal whose octets never come',
    continued(USUAL, LARGE.subarray(USUAL.length, USUAL.length + 8)),
    false,
  ],
  ['padding and priority, which are no fields', padded(USUAL, 200, PRIORITY), true],
  ['a head above the limit behind priority and before padding', padded(LARGE, 9, PRIORITY), false],
  ['a long body', Buffer.concat([headers(1, GET_FIELDS, 0), data(1, 'b'.repeat(9000))]), true],
  ['many small heads', Buffer.concat([1, 3, 5].map((stream) => headers(stream, GET_FIELDS))), true],
  ['one stream too many', Buffer.concat([1, 3, 5, 7].map((stream) => headers(stream, GET_FIELDS))), false],
  ['padding that is longer than its frame', frame(FRAME.headers, PADDED, 1, [200, 0x82, 0x84]), true],
];

describe('what one HTTP/2 client may send', () => {
  for (const [name, bytes, accepted] of CASES) {
    test(`${accepted ? 'taken' : 'refused'}: ${name}`, () => {
      assert.equal(new H2Input(LIMITS).accepts(Buffer.concat([GREETING, bytes])), accepted);
    });
  }

  test('it makes no difference to heads how they were cut into reads', () => {
    for (const [name, bytes] of CASES) {
      if (name === 'one stream too many') continue;
      const all = Buffer.concat([GREETING, bytes]);
      const whole = new H2Input(LIMITS).accepts(all);
      const input = new H2Input(LIMITS);
      const each = Array.from(all, (octet) => input.accepts(Uint8Array.of(octet)));
      assert.equal(each.every(Boolean), whole, name);
    }
  });

  test('streams are counted anew in every read', () => {
    const input = new H2Input(LIMITS);
    assert.ok(input.accepts(GREETING));
    for (let stream = 1; stream < 100; stream += 2) assert.ok(input.accepts(headers(stream, GET_FIELDS)));
  });
});
