import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FETCH_BODIES } from '../../../src/runtime/fetch/fetch-bodies.ts';

/** A body of these chunks, broken at the end or not. */
function bodyOf(chunks: readonly string[], broken: boolean): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(new TextEncoder().encode(chunk));
      else if (broken) controller.error(new Error('gone'));
      else controller.close();
    },
  });
}

const cases: [what: string, chunks: string[], broken: boolean, seen: string, whole: boolean][] = [
  ['a few bytes', ['abc'], false, 'abc', true],
  ['exactly as much', ['ab', 'cde'], false, 'abcde', true],
  ['more', ['abc', 'def', 'ghi'], false, 'abcde', false],
  ['nothing', [], false, '', true],
  ['what breaks off', ['abc'], true, 'abc', false],
  ['single octets', [...'abcde'], false, 'abcde', true],
  ['single octets of more', [...'abcdefghi'], false, 'abcde', false],
];
for (const [what, chunks, broken, seen, whole] of cases) {
  test(`of ${what} the beginning is read ahead, and all of it afterwards`, async () => {
    const peeked = await FETCH_BODIES.peek?.(bodyOf(chunks, broken), 5);
    assert.ok(peeked);
    assert.deepEqual([new TextDecoder().decode(peeked.bytes), peeked.whole], [seen, whole]);
    const rest = new Response(peeked.body).text();
    if (broken) await assert.rejects(rest);
    else assert.equal(await rest, chunks.join(''));
  });
}
