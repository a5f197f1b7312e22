import {
  ACK,
  block,
  data,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  GET_FIELDS,
  headers,
  PADDED,
  POST_FIELDS,
  PREFACE,
  PRIORITY,
  settings,
  word,
} from '../../support/h2-frames.ts';
import type { H2Peer } from '../../support/h2-peer.ts';

/**
 * How the listener must take what a client does: `serve` answers 200; `refuse` answers 4xx or ends the stream or the
 * connection with PROTOCOL_ERROR or one like it (RFC 9113 §5.4.2 lets a stream error end the connection);
 * `close` ends the connection; `calm` ends stream or connection as excessive; `drop` may also serve without the
 * field in question, which must not get through; `ignore` may also leave it without an answer; `live` may do
 * anything but end the process.
 */
export type Expectation = 'serve' | 'refuse' | 'close' | 'calm' | 'drop' | 'ignore' | 'live';

export interface FrameCase {
  readonly name: string;
  readonly expect: Expectation;
  /** Whether preface and settings were said already. */
  readonly greeted: boolean;
  /** The stream whose fate is asked for. */
  readonly stream: number;
  say(peer: H2Peer): void;
}

type Pair = readonly [string, string];

function one(name: string, expect: Expectation, ...parts: readonly Uint8Array[]): FrameCase {
  return { name, expect, greeted: true, stream: 1, say: (peer) => peer.send(...parts) };
}

function many(name: string, expect: Expectation, parts: () => Uint8Array[], stream = 1): FrameCase {
  return { name, expect, greeted: true, stream, say: (peer) => peer.send(...parts()) };
}

function replaced(name: string, value: string | undefined): Pair[] {
  return GET_FIELDS.flatMap((pair): Pair[] => {
    if (pair[0] !== name) return [pair];
    return value === undefined ? [] : [[name, value]];
  });
}

function without(name: string, what: string): FrameCase {
  return one(what, 'refuse', headers(1, replaced(name, undefined)));
}

function pseudo(name: string, value: string, expect: Expectation = 'refuse'): FrameCase {
  return one(`${name} ${JSON.stringify(value)}`, expect, headers(1, replaced(name, value)));
}

function field(name: string, value: string, expect: Expectation = 'refuse'): FrameCase {
  return one(
    `the field ${JSON.stringify([name, value])}`,
    expect,
    headers(1, [...GET_FIELDS, [name, value]]),
  );
}

function length(
  what: string,
  value: readonly string[],
  body: string | undefined,
  expect: Expectation = 'refuse',
): FrameCase {
  const fields: Pair[] = [...POST_FIELDS, ...value.map((one): Pair => ['content-length', one])];
  return body === undefined
    ? one(what, expect, headers(1, fields))
    : one(what, expect, headers(1, fields, 0), data(1, body, END_STREAM));
}

const post = (flags = 0) => headers(1, POST_FIELDS, flags);
const GET_BLOCK = block(GET_FIELDS);
const openHead = frame(FRAME.headers, END_STREAM, 1, GET_BLOCK);
const repeated = (count: number, part: (i: number) => Uint8Array) =>
  Array.from({ length: count }, (_, i) => part(i));
/** One field of 4,000 octets that enters the table once and is meant two thousand times. */
const indexBomb = Buffer.concat([
  GET_BLOCK,
  Buffer.from([0x40, 1, 0x78, 127, 129, 30]),
  Buffer.alloc(127 + 1 + 30 * 128, 0x61),
  Buffer.alloc(90, 0xbe),
]);

const FRAMES: readonly FrameCase[] = [
  {
    ...one('a preface that is none', 'close', Buffer.from('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'), settings()),
    greeted: false,
  },
  { ...one('a first frame that is not SETTINGS', 'close', PREFACE, headers(1, GET_FIELDS)), greeted: false },
  {
    ...one(
      'a refused request that is reset in the very first packet',
      'live',
      PREFACE,
      settings(),
      headers(1, [...GET_FIELDS, ['expect', 'zzz']]),
      frame(FRAME.rstStream, 0, 1, word(8)),
      frame(FRAME.ping, 0, 5, new Uint8Array(8)),
    ),
    greeted: false,
  },
  one(
    'DATA larger than SETTINGS_MAX_FRAME_SIZE',
    'close',
    post(),
    frame(FRAME.data, 0, 1, Buffer.alloc(16_385)),
  ),
  one('HEADERS on stream 0', 'close', headers(0, GET_FIELDS)),
  one('an even stream identifier', 'close', headers(2, GET_FIELDS)),
  one('DATA on an idle stream', 'refuse', data(1, 'x')),
  one('DATA on stream 0', 'close', data(0, 'x')),
  one('HEADERS after the end of the stream', 'close', post(END_STREAM), post(END_STREAM)),
  one('CONTINUATION without HEADERS', 'close', frame(FRAME.continuation, END_HEADERS, 1, GET_BLOCK)),
  one('CONTINUATION interrupted by PING', 'close', openHead, frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
  one(
    'CONTINUATION of another stream',
    'close',
    openHead,
    frame(FRAME.continuation, END_HEADERS, 3, block([['x', 'y']])),
  ),
  one(
    'WINDOW_UPDATE beyond 2^31-1 on the connection',
    'close',
    frame(FRAME.windowUpdate, 0, 0, word(0x7fff_ffff)),
  ),
  one(
    'WINDOW_UPDATE beyond 2^31-1 on a stream',
    'refuse',
    post(),
    frame(FRAME.windowUpdate, 0, 1, word(0x7fff_ffff)),
  ),
  one('WINDOW_UPDATE of 0 on the connection', 'close', frame(FRAME.windowUpdate, 0, 0, word(0))),
  one('WINDOW_UPDATE of 0 on a stream', 'refuse', post(), frame(FRAME.windowUpdate, 0, 1, word(0))),
  one('WINDOW_UPDATE of three octets', 'close', frame(FRAME.windowUpdate, 0, 0, [0, 0, 1])),
  one('SETTINGS with ACK and a payload', 'close', frame(FRAME.settings, ACK, 0, Buffer.alloc(6))),
  one('SETTINGS of five octets', 'close', frame(FRAME.settings, 0, 0, Buffer.alloc(5))),
  one('SETTINGS on stream 1', 'close', frame(FRAME.settings, 0, 1)),
  one('SETTINGS_INITIAL_WINDOW_SIZE beyond 2^31-1', 'close', settings([4, 0x8000_0000])),
  one('SETTINGS_MAX_FRAME_SIZE of 1', 'close', settings([5, 1])),
  one('SETTINGS_ENABLE_PUSH of 2', 'close', settings([2, 2])),
  one('PING of seven octets', 'close', frame(FRAME.ping, 0, 0, Buffer.alloc(7))),
  one('PING on stream 1', 'close', frame(FRAME.ping, 0, 1, Buffer.alloc(8))),
  one('RST_STREAM on an idle stream', 'close', frame(FRAME.rstStream, 0, 1, word(8))),
  one('RST_STREAM on stream 0', 'close', frame(FRAME.rstStream, 0, 0, word(8))),
  one('RST_STREAM of three octets', 'close', post(), frame(FRAME.rstStream, 0, 1, [0, 0, 8])),
  one('PRIORITY of four octets', 'refuse', post(), frame(FRAME.priority, 0, 1, Buffer.alloc(4))),
  one(
    'PUSH_PROMISE of a client',
    'close',
    frame(FRAME.pushPromise, END_HEADERS, 1, [0, 0, 0, 2, ...GET_BLOCK]),
  ),
  one(
    'HEADERS padded beyond their end',
    'close',
    frame(FRAME.headers, END_HEADERS | PADDED | END_STREAM, 1, [255, ...GET_BLOCK.subarray(0, 20)]),
  ),
  one('DATA padded beyond its end', 'close', post(), frame(FRAME.data, PADDED, 1, [9, 1])),
  one(
    'an index beyond the table',
    'close',
    frame(FRAME.headers, END_HEADERS | END_STREAM, 1, [0xff, 0xff, 0x7f]),
  ),
  one('the index 0', 'close', frame(FRAME.headers, END_HEADERS | END_STREAM, 1, [0x80])),
  one(
    'a field that is cut off',
    'close',
    frame(FRAME.headers, END_HEADERS | END_STREAM, 1, GET_BLOCK.subarray(0, 20)),
  ),
  one(
    'a table larger than allowed',
    'close',
    frame(FRAME.headers, END_HEADERS | END_STREAM, 1, [0x3f, 0xff, 0xff, 0x7f, ...GET_BLOCK]),
  ),
  one('trailers without END_STREAM', 'refuse', post(), headers(1, [['x', 'y']], 0)),
  one('trailers with a pseudo-header field', 'refuse', post(), headers(1, [[':path', '/']])),
  one('a frame of an unknown type', 'serve', frame(0x42, 0, 0, [1, 2, 3]), headers(1, GET_FIELDS)),
  one(
    'HEADERS with a priority',
    'serve',
    frame(FRAME.headers, END_HEADERS | END_STREAM | PRIORITY, 1, [0, 0, 0, 0, 15, ...GET_BLOCK]),
  ),
  many(
    'a stream identifier that goes down',
    'ignore',
    () => [headers(5, GET_FIELDS), headers(3, GET_FIELDS)],
    3,
  ),
];

const FLOODS: readonly FrameCase[] = [
  many('CONTINUATION without end', 'close', () => [
    openHead,
    ...repeated(300, (i) => frame(FRAME.continuation, 0, 1, block([[`x${i}`, 'a'.repeat(8000)]]))),
  ]),
  many('a head of 80,000 octets', 'refuse', () => [
    openHead,
    ...repeated(8, (i) =>
      frame(FRAME.continuation, i === 7 ? END_HEADERS : 0, 1, block([[`x${i}`, 'a'.repeat(10_000)]])),
    ),
  ]),
  one(
    'a head of 90 times one indexed field',
    'refuse',
    frame(FRAME.headers, END_HEADERS | END_STREAM, 1, indexBomb),
  ),
  many('101 fields', 'refuse', () => [headers(1, [...GET_FIELDS, ...repeatedFields(101)])]),
  many('1,000 fields', 'refuse', () => [headers(1, [...GET_FIELDS, ...repeatedFields(1000)])]),
  many('5,000 SETTINGS', 'close', () => repeated(5000, () => settings())),
  many('20,000 PING', 'close', () => repeated(20_000, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)))),
  many('20,000 empty DATA', 'close', () => [post(), ...repeated(20_000, () => frame(FRAME.data, 0, 1))]),
  many(
    '1,000 streams reset at once',
    'calm',
    () =>
      repeated(1000, (i) =>
        Buffer.concat([headers(2 * i + 1, GET_FIELDS), frame(FRAME.rstStream, 0, 2 * i + 1, word(8))]),
      ),
    -1,
  ),
  many(
    'the 101st stream at a time',
    'refuse',
    () => repeated(101, (i) => headers(2 * i + 1, POST_FIELDS, 0)),
    201,
  ),
];

const HEADS: readonly FrameCase[] = [
  without(':method', 'no method'),
  without(':path', 'no path'),
  without(':scheme', 'no scheme'),
  without(':authority', 'neither authority nor host'),
  ...['', 'foo', 'http://evil/foo', '*', '/a b', '/a\tb', '/ HTTP/1.1\r\nx: y', '/\xe9', '/a\0'].map((path) =>
    pseudo(':path', path),
  ),
  ...['', 'get', 'GET /', 'G\r\nT', 'CONNECT', 'TRACE'].map((method) => pseudo(':method', method)),
  pseudo(':scheme', 'ftp'),
  ...['a b', 'user@reviews', 'a/b', 'a\r\nb', ''].map((authority) => pseudo(':authority', authority)),
  one('host that is not the authority', 'refuse', headers(1, [...GET_FIELDS, ['host', 'evil']])),
  one('host that is the authority', 'serve', headers(1, [...GET_FIELDS, ['host', 'reviews']])),
  one(
    'host without authority',
    'serve',
    headers(1, [...replaced(':authority', undefined), ['host', 'reviews']]),
  ),
  one(
    'two hosts',
    'refuse',
    headers(1, [...replaced(':authority', undefined), ['host', 'a'], ['host', 'b']]),
  ),
  ...[':method', ':path', ':scheme', ':authority'].map((name) =>
    field(name, GET_FIELDS.find(([own]) => own === name)?.[1] ?? ''),
  ),
  one(
    'a pseudo-header field after a regular one',
    'refuse',
    headers(1, [...replaced(':path', undefined), ['x', '1'], [':path', '/']]),
  ),
  field(':unknown', '1'),
  field(':status', '200'),
  one(
    'an extended CONNECT',
    'refuse',
    headers(1, [...replaced(':method', 'CONNECT'), [':protocol', 'websocket']]),
  ),
  field('connection', 'close'),
  field('keep-alive', '1'),
  field('proxy-connection', 'keep-alive'),
  field('upgrade', 'h2c'),
  field('transfer-encoding', 'chunked'),
  field('te', 'gzip'),
  field('te', 'trailers, deflate'),
  field('te', 'trailers', 'serve'),
  field('X-Upper', '1'),
  field('', '1', 'drop'),
  field('a b', '1', 'drop'),
  field('a:b', '1', 'drop'),
  field('evil', '1\r\nevil: 1', 'drop'),
  field('evil', '1\0', 'drop'),
  field('evil', '1\x01', 'drop'),
  field('x', '\xe9\xff', 'serve'),
  length('a body shorter than its length', ['5'], 'abc'),
  length('a body longer than its length', ['2'], 'abc'),
  length('a length and no body', ['2'], undefined),
  length('two lengths', ['3', '3'], 'abc'),
  length('a list of lengths', ['3, 3'], 'abc'),
  length('a length with a sign', ['+3'], 'abc'),
  length('a length that fits', ['3'], 'abc', 'serve'),
];

/** What clients may try: RFC 9113 by the frame, by the flood and by the head. */
export const FRAME_TABLE: readonly FrameCase[] = [...FRAMES, ...FLOODS, ...HEADS];

function repeatedFields(count: number): Pair[] {
  return Array.from({ length: count }, (_, i): Pair => [`x${i}`, '1']);
}
