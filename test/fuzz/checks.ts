import assert from 'node:assert/strict';
import { BodyReader } from '../../src/http/body-reader.ts';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { readClientHello } from '../../src/http/client-hello.ts';
import type { Framing } from '../../src/http/framing.ts';
import { FramingError } from '../../src/http/framing-error.ts';
import type { HeaderList } from '../../src/http/header-list.ts';
import { stripHopByHop } from '../../src/http/hop-by-hop.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import type { PathNormalization } from '../../src/http/message.ts';
import { type RequestHead, readRequestHead } from '../../src/http/read-request-head.ts';
import { type ReadResponseHead, readResponseHead } from '../../src/http/read-response-head.ts';
import { CHUNK_END, chunkHeader, lastChunk } from '../../src/http/write-chunk.ts';
import { writeRequestHead, writeResponseHead } from '../../src/http/write-head.ts';
import { checkEditedRequest, checkEditedResponse } from '../support/edited-check.ts';
import type { HeadEdit } from '../support/edited-head.ts';
import { textOf } from '../support/octets.ts';
import type { Seeded } from '../support/seeded.ts';

/** Judges one input; true when it was accepted. Throws where the codec breaks a promise. */
export type Check = (bytes: Uint8Array, seeded: Seeded) => boolean;

const MODES: readonly PathNormalization[] = ['NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'];
const METHODS = ['GET', 'HEAD', 'POST'];
const EDITS: readonly HeadEdit['kind'][] = ['append', 'set', 'delete', 'without', 'fork'];
const LF = 0x0a;
const BODIES: readonly Framing[] = [{ kind: 'chunked' }, { kind: 'length', length: 20 }, { kind: 'close' }];

export const checkRequest: Check = (bytes, seeded) => {
  const read = readRequestHead(bytes, DEFAULT_LIMITS);
  unsplit(bytes, seeded, read, (part, seen) => readRequestHead(part, DEFAULT_LIMITS, seen));
  if (read.kind !== 'head') return false;
  const request = canonicalRequest(read.head, 'http', seeded.pick(MODES));
  if (isRefusal(request)) return false;
  const written = writeRequestHead(request, read.framing, 'keep-alive');
  const again = readRequestHead(written, DEFAULT_LIMITS);
  assert.equal(again.kind, 'head', 'a head that was written is read');
  const { head, framing, length } = again as RequestHead;
  assert.equal(length, written.length);
  assert.deepEqual(framing, read.framing);
  assert.deepEqual([head.method, head.target], [request.method, request.path + request.query]);
  assert.equal(head.headers.get('host'), request.authority);
  assert.deepEqual(endToEnd(head.headers), endToEnd(request.headers));
  // The next hop judges it as we did.
  for (const mode of MODES) assert.ok(!isRefusal(canonicalRequest(head, 'http', mode)), mode);
  checkEditedRequest(read, textOf(bytes.subarray(0, read.length)), drawnEdits(read.head.headers, seeded));
  return true;
};

export const checkResponse: Check = (bytes, seeded) => {
  const method = seeded.pick(METHODS);
  const read = readResponseHead(bytes, method, DEFAULT_LIMITS);
  unsplit(bytes, seeded, read, (part, seen) => readResponseHead(part, method, DEFAULT_LIMITS, seen));
  if (read.kind !== 'head') return false;
  const written = writeResponseHead(read, read.framing, 'keep-alive');
  const again = readResponseHead(written, method, DEFAULT_LIMITS);
  assert.equal(again.kind, 'head', 'a head that was written is read');
  const { status, reason, headers, framing } = again as ReadResponseHead;
  assert.deepEqual([status, reason, framing], [read.status, read.reason, read.framing]);
  assert.deepEqual(endToEnd(headers), endToEnd(read.headers));
  checkEditedResponse(read, textOf(bytes.subarray(0, read.length)), drawnEdits(read.headers, seeded));
  return true;
};

export const checkBody: Check = (bytes, seeded) => {
  const framing = seeded.pick(BODIES);
  const whole = readPieces(framing, [bytes]);
  const cuts = [seeded.below(bytes.length + 1), seeded.below(bytes.length + 1)].sort((a, b) => a - b);
  const pieces = [0, ...cuts].map((start, i) => bytes.subarray(start, cuts[i] ?? bytes.length));
  assert.deepEqual(readPieces(framing, pieces), whole, 'the same in pieces');
  if (whole.state !== 'done' || framing.kind !== 'chunked') return whole.state === 'done';
  assert.deepEqual(readPieces(framing, [bytes.subarray(0, whole.consumed)]), whole, 'nothing beyond is read');
  const data = Buffer.from(whole.data, 'latin1');
  const chunks = data.length > 0 ? [chunkHeader(data.length), data, CHUNK_END] : [];
  const written = Buffer.concat([...chunks, lastChunk(whole.trailers)]);
  const again = readPieces(framing, [written]);
  assert.deepEqual({ ...again, consumed: whole.consumed }, whole, 'a body that was written is read');
  return true;
};

export const checkHello: Check = (bytes, seeded) => {
  const read = readClientHello(bytes);
  const prefix = readClientHello(bytes.subarray(0, seeded.below(bytes.length + 1)));
  if (prefix.kind !== 'more') assert.deepEqual(prefix, read, 'what is judged early stays judged');
  return read.kind === 'hello';
};

type Read = ReturnType<typeof readRequestHead> | ReturnType<typeof readResponseHead>;

/** Whatever arrives first, the verdict is that on the whole; nothing beyond a head is looked at. */
function unsplit(
  bytes: Uint8Array,
  seeded: Seeded,
  whole: Read,
  reader: (part: Uint8Array, seen: number) => Read,
): void {
  const cut = seeded.below(bytes.length + 1);
  const first = reader(bytes.subarray(0, cut), 0);
  if (first.kind !== 'more') {
    assert.deepEqual(first, whole, 'what is judged early stays judged');
    return;
  }
  const second = reader(bytes, cut);
  // Lines are judged when they end.
  const waits = second.kind === 'more' && !bytes.subarray(cut).includes(LF);
  if (!waits) assert.deepEqual(second, whole, 'the same in pieces');
  if (whole.kind === 'head') assert.deepEqual(reader(bytes.subarray(0, whole.length), 0), whole);
}

/** Up to five changes, mostly of fields that are there. */
function drawnEdits(headers: HeaderList, seeded: Seeded): HeadEdit[] {
  const names = [...headers].map(([name]) => name).filter((name) => name !== 'content-length');
  return Array.from({ length: seeded.below(6) }, () => {
    return {
      kind: seeded.pick(EDITS),
      name: seeded.pick([...names, 'x-new']),
      value: seeded.pick(['', 'a', '\n']),
    };
  });
}

/** Fields in order, without those that each hop writes itself. */
function endToEnd(headers: HeaderList): string[] {
  const own = ['host', 'content-length'];
  return [...stripHopByHop(headers)].filter(([name]) => !own.includes(name)).map((line) => line.join(': '));
}

/** Only a body that the connection delimits may end with it. */
function endsWell(framing: Framing, pieces: readonly Uint8Array[]): boolean {
  const reader = new BodyReader(framing);
  for (const piece of pieces) reader.read(piece, () => undefined);
  try {
    reader.end();
    return true;
  } catch (error) {
    assert.ok(error instanceof FramingError);
    return false;
  }
}

interface BodyRead {
  readonly state: 'done' | 'more' | 'refused';
  readonly data: string;
  readonly consumed: number;
  readonly trailers: HeaderList | undefined;
}

function readPieces(framing: Framing, pieces: readonly Uint8Array[]): BodyRead {
  const reader = new BodyReader(framing);
  let data = '';
  let consumed = 0;
  const onData = (part: Uint8Array) => {
    data += Buffer.from(part).toString('latin1');
  };
  try {
    for (const piece of pieces) if (!reader.done) consumed += reader.read(piece, onData);
    if (!reader.done) assert.equal(endsWell(framing, pieces), framing.kind === 'close');
  } catch (error) {
    assert.ok(error instanceof FramingError, `only FramingError is thrown: ${error}`);
    // How much came before it depends on the pieces alone.
    return { state: 'refused', data, consumed: -1, trailers: undefined };
  }
  return { state: reader.done ? 'done' : 'more', data, consumed, trailers: reader.trailers };
}
