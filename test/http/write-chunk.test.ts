import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../src/http/header-list.ts';
import { CHUNK_END, chunkHeader, lastChunk } from '../../src/http/write-chunk.ts';
import { textOf } from '../support/octets.ts';

test('a chunk has its size in hexadecimal', () => {
  assert.equal(textOf(chunkHeader(1)), '1\r\n');
  assert.equal(textOf(chunkHeader(0xabcdef)), 'abcdef\r\n');
  assert.equal(textOf(CHUNK_END), '\r\n');
});

test('a size that would end the body or is no size is refused', () => {
  for (const size of [0, -1, 1.5, Number.NaN, 2 ** 53]) assert.throws(() => chunkHeader(size), TypeError);
});

test('the last chunk carries trailers, but none that belongs in a header section', () => {
  assert.equal(textOf(lastChunk()), '0\r\n\r\n');
  const trailers = HeaderList.from([
    ['grpc-status', '0'],
    ['content-length', '5'],
    ['transfer-encoding', 'chunked'],
  ]);
  assert.equal(textOf(lastChunk(trailers)), '0\r\ngrpc-status: 0\r\n\r\n');
  assert.throws(() => lastChunk(HeaderList.from([['x', 'a\r\n\r\n']])), TypeError);
});
