import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BodySink } from '../../../src/runtime/sockets/body.ts';
import { BytesBody } from '../../../src/runtime/sockets/bytes-body.ts';
import { SOCKET_BODIES } from '../../../src/runtime/sockets/socket-bodies.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (chunk: Uint8Array) => new TextDecoder().decode(chunk);

/** A body whose chunks come when they are asked for. */
class Chunks extends BytesBody {
  readonly #chunks: string[];
  #sink: BodySink | undefined;
  #broken: boolean;

  constructor(chunks: readonly string[], broken = false) {
    super(new Uint8Array(0), { kind: 'chunked' });
    this.#chunks = [...chunks];
    this.#broken = broken;
  }

  override start(sink: BodySink): void {
    this.started = true;
    this.#sink = sink;
    this.resume();
  }

  override resume(): void {
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift())
      if (this.#sink?.write(bytes(chunk)) === false) return;
    if (this.#broken) this.#sink?.fail(new Error('gone'));
    else this.#sink?.end();
  }
}

function read(body: { start(sink: BodySink): void }): { text: string; end: string } {
  const seen = { text: '', end: '' };
  body.start({
    write: (chunk) => {
      seen.text += textOf(chunk);
      return true;
    },
    end: () => (seen.end = 'end'),
    fail: (error) => (seen.end = error.message),
  });
  return seen;
}

const cases: [what: string, chunks: string[], broken: boolean, seen: string, whole: boolean, end: string][] =
  [
    ['a body of a few bytes', ['abc'], false, 'abc', true, 'end'],
    ['exactly as much', ['ab', 'cde'], false, 'abcde', true, 'end'],
    ['more', ['abc', 'def', 'ghi'], false, 'abcde', false, 'end'],
    ['nothing', [], false, '', true, 'end'],
    ['what breaks off', ['abc'], true, 'abc', false, 'gone'],
    ['what breaks off later', ['abcdef', 'ghi'], true, 'abcde', false, 'gone'],
  ];
for (const [what, chunks, broken, seen, whole, end] of cases) {
  test(`of ${what} the beginning is read ahead, and all of it afterwards`, async () => {
    const peeked = await SOCKET_BODIES.peek(new Chunks(chunks, broken), 5);
    assert.deepEqual([textOf(peeked.bytes), peeked.whole, peeked.body.started], [seen, whole, false]);
    assert.deepEqual(read(peeked.body), { text: chunks.join(''), end });
  });
}

test('a body of bytes says how long it is', () => {
  const body = SOCKET_BODIES.of(bytes('abc'));
  assert.deepEqual(body.framing, { kind: 'length', length: 3 });
  assert.deepEqual(read(body), { text: 'abc', end: 'end' });
});
