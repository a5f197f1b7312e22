import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { readClientHello } from '../../src/http/client-hello.ts';
import { mutated, octets } from '../support/octets.ts';

type Octets = readonly number[];
const number = (value: number, size: number): Octets =>
  Array.from({ length: size }, (_, i) => (value >> (8 * (size - 1 - i))) & 255);
const vector = (size: number, body: Octets): Octets => [...number(body.length, size), ...body];
const ascii = (text: string): Octets => [...octets(text)];

const serverName = (name: string, type = 0) => extension(0, vector(2, [type, ...vector(2, ascii(name))]));
const alpn = (...names: string[]) =>
  extension(
    16,
    vector(
      2,
      names.flatMap((name) => vector(1, ascii(name))),
    ),
  );
function extension(type: number, body: Octets): Octets {
  return [...number(type, 2), ...vector(2, body)];
}

function message(extensions: Octets | undefined): Octets {
  const random = Array.from({ length: 32 }, (_, i) => i);
  const start = [3, 3, ...random, ...vector(1, [1, 2]), ...vector(2, [0x13, 1]), ...vector(1, [0])];
  return [1, ...vector(3, extensions === undefined ? start : [...start, ...vector(2, extensions)])];
}

/** The message in records of at most `size` octets. */
function records(body: Octets, size = 16_384): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < body.length; at += size) out.push(22, 3, 1, ...vector(2, body.slice(at, at + size)));
  return Uint8Array.from(out);
}

const hello = (...extensions: Octets[]) => readClientHello(records(message(extensions.flat())));
const full = message([...serverName('Outbound_.80_._.A'), ...extension(43, [1]), ...alpn('weft', 'h2')]);

describe('a ClientHello', () => {
  const wanted = { kind: 'hello', serverName: 'outbound_.80_._.a', alpn: ['weft', 'h2'] };

  test('tells its server name and its protocols', () => {
    assert.deepEqual(readClientHello(records(full)), wanted);
  });

  test('may tell neither, or have no extensions', () => {
    assert.deepEqual(hello(), { kind: 'hello', serverName: undefined, alpn: [] });
    const bare = readClientHello(records(message(undefined)));
    assert.deepEqual(bare, { kind: 'hello', serverName: undefined, alpn: [] });
  });

  test('may come in several records, and be followed by others', () => {
    const raw = records(full, 5);
    assert.deepEqual(readClientHello(raw), wanted);
    assert.deepEqual(readClientHello(Uint8Array.from([...raw, 20, 3, 3, 0, 1, 1])), wanted);
  });

  test('is awaited until its last octet', () => {
    for (const raw of [records(full), records(full, 5)]) {
      for (let end = 0; end < raw.length; end++)
        assert.equal(readClientHello(raw.subarray(0, end)).kind, 'more');
    }
  });

  test('of a real client is read', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const client = connect({
      port: address.port,
      servername: 'a.example',
      ALPNProtocols: ['weft', 'http/1.1'],
    });
    client.on('error', () => {});
    const [socket] = await once(server, 'connection');
    const [data] = await once(socket, 'data');
    socket.destroy();
    client.destroy();
    server.close();
    assert.deepEqual(readClientHello(data), {
      kind: 'hello',
      serverName: 'a.example',
      alpn: ['weft', 'http/1.1'],
    });
  });
});

const invalid: [string, Uint8Array][] = [
  ['plain text', octets('GET / HTTP/1.1\r\n\r\n')],
  ['another record type', Uint8Array.of(23, 3, 3, 0, 1, 1)],
  ['SSL 2', Uint8Array.of(22, 2, 0, 0, 1, 1)],
  ['an empty record', Uint8Array.of(22, 3, 1, 0, 0)],
  ['a record beyond 16 KiB', Uint8Array.of(22, 3, 1, 0x40, 1)],
  ['another handshake message', records([2, ...vector(3, [3, 3])])],
  ['a message beyond 16 KiB', records([1, 0, 0x40, 1, 0])],
  ['octets after the message', records([...full, 0])],
  ['a message cut inside', records([1, ...vector(3, full.slice(4, 60))])],
  ['too many records', records(full, 1)],
  ['an empty server name', records(message(serverName('')))],
  ['a server name of another type', records(message(serverName('a', 1)))],
  ['a server name with a space', records(message(serverName('a b')))],
  ['a server name with NUL', records(message(serverName('a\0')))],
  ['two server names', records(message([...serverName('a'), ...serverName('b')]))],
  ['an empty protocol', records(message(alpn('')))],
  ['an empty list of protocols', records(message(alpn()))],
  ['an extension cut short', records(message([0, 0, 0, 9, 1]))],
];
describe('no ClientHello is', () => {
  for (const [name, raw] of invalid) test(name, () => assert.equal(readClientHello(raw).kind, 'invalid'));
});

test('damaged bytes give one verdict however they arrive, and none throws', () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(edits, fc.constantFrom(7, 16_384), fc.nat(), (changes, size, cut) => {
      const raw = mutated(records(full, size), changes);
      const whole = readClientHello(raw);
      const part = readClientHello(raw.subarray(0, cut % raw.length));
      if (part.kind !== 'more') assert.deepEqual(part, whole);
    }),
  );
});
