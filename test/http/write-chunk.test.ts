import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../src/http/header-list.ts';
import { isTrailerName, TrailerSection } from '../../src/http/trailer-section.ts';
import { CHUNK_END, chunkHeader, lastChunk } from '../../src/http/write-chunk.ts';
import { octets, textOf } from '../support/octets.ts';

test('a chunk has its size in hexadecimal', () => {
  assert.equal(textOf(chunkHeader(1)), '1\r\n');
  assert.equal(textOf(chunkHeader(0xabcdef)), 'abcdef\r\n');
  assert.equal(textOf(CHUNK_END), '\r\n');
});

test('a size that would end the body or is no size is refused', () => {
  for (const size of [0, -1, 1.5, Number.NaN, 2 ** 53]) assert.throws(() => chunkHeader(size), TypeError);
});

test('no trailer says what only the head may say of who asks, for what, and how it is judged', () => {
  const said = ['x-weft-peer', 'x-envoy-original-path', 'cf-connecting-ip', 'true-client-ip', 'x-real-ip'];
  const more = ['x-forwarded-for', 'x-forwarded-client-cert', 'forwarded', 'authorization', 'cookie', 'via'];
  for (const name of [...said, ...more]) {
    assert.ok(!isTrailerName(name), name);
    assert.equal(textOf(lastChunk(HeaderList.from([[name, 'x']]))), '0\r\n\r\n');
    const section = new TrailerSection({ bytes: 1024, fields: 8, target: 0 });
    for (const octet of octets(`${name}: x\r\n\r\n`)) section.read(octet);
    assert.equal(section.headers(), undefined, name);
  }
  for (const name of ['grpc-status', 'grpc-message', 'server-timing', 'x-checksum']) {
    assert.ok(isTrailerName(name), name);
  }
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
