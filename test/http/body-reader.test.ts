import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BodyReader } from '../../src/http/body-reader.ts';
import type { Framing } from '../../src/http/framing.ts';
import { FramingError } from '../../src/http/framing-error.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { CHUNK_END, chunkHeader, lastChunk } from '../../src/http/write-chunk.ts';
import { mutated, octets, piecesOf, textOf } from '../support/octets.ts';

interface Result {
  readonly data: string;
  readonly consumed: number;
  readonly done: boolean;
  readonly trailers: readonly (readonly [string, string])[];
}

function readAll(
  framing: Framing,
  pieces: readonly Uint8Array[],
  limits = DEFAULT_LIMITS,
): Result | 'refused' {
  const reader = new BodyReader(framing, limits);
  let data = '';
  let consumed = 0;
  try {
    for (const piece of pieces) consumed += reader.read(piece, (part) => (data += textOf(part)));
  } catch (error) {
    assert.ok(error instanceof FramingError);
    return 'refused';
  }
  return { data, consumed, done: reader.done, trailers: [...(reader.trailers ?? [])] };
}

const chunked = (text: string, limits = DEFAULT_LIMITS) =>
  readAll({ kind: 'chunked' }, [octets(text)], limits);

describe('a body', () => {
  test('without framing is done at once and takes nothing', () => {
    for (const framing of [{ kind: 'none' }, { kind: 'length', length: 0 }] as const) {
      assert.deepEqual(readAll(framing, [octets('x')]), { data: '', consumed: 0, done: true, trailers: [] });
    }
  });

  test('with a length takes that much, as views of what came', () => {
    const result = readAll({ kind: 'length', length: 5 }, [octets('abc'), octets('defg')]);
    assert.deepEqual(result, { data: 'abcde', consumed: 5, done: true, trailers: [] });
    const bytes = octets('abc');
    new BodyReader({ kind: 'length', length: 5 }).read(bytes, (view) =>
      assert.equal(view.buffer, bytes.buffer),
    );
  });

  test('that the connection delimits is done when it ends', () => {
    const reader = new BodyReader({ kind: 'close' });
    assert.equal(
      reader.read(octets('abc'), () => {}),
      3,
    );
    assert.equal(reader.done, false);
    reader.end();
    assert.equal(reader.done, true);
  });

  test('cut short is an error when the stream ends', () => {
    for (const framing of [{ kind: 'length', length: 2 }, { kind: 'chunked' }] as const) {
      const reader = new BodyReader(framing);
      reader.read(octets('1'), () => {});
      assert.throws(() => reader.end(), FramingError);
    }
  });

  test('that failed stays failed', () => {
    const reader = new BodyReader({ kind: 'chunked' });
    assert.throws(() => reader.read(octets('x'), () => {}), FramingError);
    assert.throws(() => reader.read(octets('0\r\n\r\n'), () => {}), FramingError);
    assert.throws(() => reader.end(), FramingError);
  });
});

const accepted: [string, string, [string, string][]][] = [
  ['3\r\nabc\r\n0\r\n\r\n', 'abc', []],
  ['A\r\n0123456789\r\n00\r\n\r\n', '0123456789', []],
  ['1;a;b=c;d="e\\"; f"\r\nx\r\n0;z\r\n\r\n', 'x', []],
  [
    '0\r\nX-Sum: 1\r\nx-two:\t2 \r\n\r\n',
    '',
    [
      ['x-sum', '1'],
      ['x-two', '2'],
    ],
  ],
  [
    '0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nX: y\r\nX-Forwarded-For: 1\r\n\r\n',
    '',
    [['x', 'y']],
  ],
];
describe('a chunked body', () => {
  for (const [raw, data, trailers] of accepted) {
    test(`${JSON.stringify(raw)} is read`, () => {
      assert.deepEqual(chunked(`${raw}GET`), { data, consumed: raw.length, done: true, trailers });
    });
  }

  const refused = [
    '\r\n',
    '3\nabc\n0\n\n',
    '3\r\nabcd\r\n0\r\n\r\n',
    '3\r\nabc\n0\r\n\r\n',
    '3\r\nabc\rX',
    '3 \r\nabc\r\n0\r\n\r\n',
    ' 3\r\nabc\r\n0\r\n\r\n',
    '+3\r\nabc\r\n0\r\n\r\n',
    '-1\r\n',
    '0x3\r\nabc\r\n0\r\n\r\n',
    '3\r;a\nabc',
    '3;\r\nabc',
    '3;a=\r\nabc',
    '3;a="b\r\nabc',
    '3;a="b"c\r\nabc',
    '3; a\r\nabc',
    '3;a\nabc',
    '20000000000000\r\n',
    '00000000000000001\r\n',
    `1;${'a'.repeat(17_000)}\r\n`,
    '0\r\nX : y\r\n\r\n',
    '0\r\n X: y\r\n\r\n',
    '0\r\nX: y\n\r\n',
    '0\r\n\n',
    `0\r\n${'a:\r\n'.repeat(101)}\r\n`,
    `0\r\na: ${'x'.repeat(65_536)}\r\n\r\n`,
  ];
  for (const raw of refused) {
    test(`${JSON.stringify(raw.slice(0, 40))} is refused`, () => assert.equal(chunked(raw), 'refused'));
  }

  test('may have the largest size that a number can tell', () => {
    assert.notEqual(chunked('1fffffffffffff\r\n'), 'refused');
  });

  test('is bounded in the extensions of all its chunks together', () => {
    assert.equal(chunked('1;aaaaaaaaaaaaaaaa\r\nx\r\n'.repeat(1000)), 'refused');
  });
});

const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
const trailerLists = fc.array(
  fc.tuple(fc.constantFrom('x-a', 'x-b', 'grpc-status'), fc.stringMatching(/^([!-~]([ -~]{0,8}[!-~])?)?$/)),
  { maxLength: 3 },
);

test('what is written in chunks is read back however it is cut', () => {
  fc.assert(
    fc.property(parts, trailerLists, fc.array(fc.nat(), { maxLength: 12 }), (chunks, trailers, cuts) => {
      const written = chunks.flatMap((chunk) => [chunkHeader(chunk.length), chunk, CHUNK_END]);
      const text = [...written, lastChunk(HeaderList.from(trailers))].map(textOf).join('');
      const result = readAll({ kind: 'chunked' }, piecesOf(octets(`${text}rest`), cuts));
      const data = chunks.map(textOf).join('');
      assert.deepEqual(result, { data, consumed: text.length, done: true, trailers });
    }),
  );
});

test('damaged chunks are read or refused the same however they are cut', () => {
  const sample = octets('3;a="b"\r\nabc\r\n1\r\nd\r\n0\r\nX-A: 1\r\n\r\nGET');
  const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(13, 10, 59, 34))), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(edits, fc.array(fc.nat(), { maxLength: 12 }), (changes, cuts) => {
      const raw = mutated(sample, changes);
      assert.deepEqual(
        readAll({ kind: 'chunked' }, piecesOf(raw, cuts)),
        readAll({ kind: 'chunked' }, [raw]),
      );
    }),
  );
});
