import { octets } from './octets.ts';
import type { Seeded } from './seeded.ts';

/** What HTTP and TLS readers have been caught on. */
const DICTIONARY: readonly Uint8Array[] = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\n\r',
    '\r\n\r\n',
    '\n\n',
    '\0',
    '\t',
    ' ',
    '\x0b',
    '\x7f',
    '\x85',
    '\xa0',
    '\xff',
  ],
  ...[
    ':',
    ' :',
    ': ',
    ',',
    ';',
    '"',
    '\\',
    '/',
    '//',
    '/../',
    '/./',
    '%2e',
    '%2F',
    '%5c',
    '%00',
    '%2%65',
    '%',
  ],
  ...['?', '#', '*', '@', '[::1]', ':80', ':0', 'http://a.example', 'https://b.example/', 'a.example'],
  ...[
    'GET ',
    'POST ',
    'CONNECT ',
    'OPTIONS * ',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ' HTTP/1.1',
    ' HTTP/1.0',
  ],
  ...['HTTP/1.1 ', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 100 \r\n\r\n', 'HTTP/1.1 304 \r\n', '204', '101'],
  ...[
    'Host: a.example\r\n',
    'Host: b\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    '+5',
    '-1',
    '0x5',
  ],
  ...['Content-Length : 5\r\n', 'Content-Length: 5, 5\r\n', 'Content-Length: 99999999999999999999\r\n'],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: identity\r\n',
    'Transfer-Encoding:\x0bchunked\r\n',
  ],
  ...['Transfer-Encoding: gzip, chunked\r\n', ' chunked', 'chunked', 'Transfer_Encoding: chunked\r\n'],
  ...[
    'Connection: close\r\n',
    'Connection: keep-alive, upgrade\r\n',
    'Connection: host\r\n',
    'Upgrade: h2c\r\n',
  ],
  ...['Expect: 100-continue\r\n', 'TE: trailers\r\n', 'Trailer: x\r\n', ' folded\r\n', '\tfolded\r\n'],
  ...[
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '00000000000000000\r\n',
    'fffffffffffffff\r\n',
    '1;a=b\r\n',
    '1;a="b\\""\r\n',
  ],
  ...['\x16\x03\x01', '\x01\x00', '\x00\x00', '\xff\xff', '\x00\x10', '\x00\x02h2', '\x04weft'],
].map(octets);

type Mutation = (bytes: Uint8Array, seeded: Seeded, corpus: readonly Uint8Array[]) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  replaceOctet,
  (bytes, seeded) => insert(bytes, seeded.below(bytes.length + 1), seeded.pick(DICTIONARY)),
  (bytes, seeded) => insert(bytes, seeded.below(bytes.length + 1), seeded.pick(DICTIONARY)),
  deleteRange,
  duplicateRange,
  splice,
  (bytes, seeded) => bytes.subarray(0, seeded.below(bytes.length + 1)),
];

/** A copy of one of the corpus with one to four changes. */
export function mutate(corpus: readonly Uint8Array[], seeded: Seeded): Uint8Array {
  let bytes = seeded.pick(corpus).slice();
  for (let changes = 1 + seeded.below(4); changes > 0; changes--) {
    bytes = seeded.pick(MUTATIONS)(bytes, seeded, corpus).slice();
  }
  return bytes;
}

function flipBit(bytes: Uint8Array, seeded: Seeded): Uint8Array {
  const at = seeded.below(bytes.length);
  if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ (1 << seeded.below(8));
  return bytes;
}

function replaceOctet(bytes: Uint8Array, seeded: Seeded): Uint8Array {
  if (bytes.length > 0) bytes[seeded.below(bytes.length)] = seeded.below(256);
  return bytes;
}

function deleteRange(bytes: Uint8Array, seeded: Seeded): Uint8Array {
  const [start, end] = range(bytes, seeded);
  return joined(bytes.subarray(0, start), bytes.subarray(end));
}

function duplicateRange(bytes: Uint8Array, seeded: Seeded): Uint8Array {
  const [start, end] = range(bytes, seeded);
  return insert(bytes, seeded.below(bytes.length + 1), bytes.subarray(start, end));
}

/** The start of this, and the end of another. */
function splice(bytes: Uint8Array, seeded: Seeded, corpus: readonly Uint8Array[]): Uint8Array {
  const other = seeded.pick(corpus);
  const end = other.subarray(seeded.below(other.length + 1));
  return joined(bytes.subarray(0, seeded.below(bytes.length + 1)), end);
}

function range(bytes: Uint8Array, seeded: Seeded): [start: number, end: number] {
  const start = seeded.below(bytes.length + 1);
  return [start, start + seeded.below(Math.min(64, bytes.length - start) + 1)];
}

function insert(bytes: Uint8Array, at: number, token: Uint8Array): Uint8Array {
  return joined(bytes.subarray(0, at), token, bytes.subarray(at));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
