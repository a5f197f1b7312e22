import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnreadBytes } from '../../../src/runtime/sockets/unread-bytes.ts';

const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 30 });

test('gathers what was appended, and never writes into what it was given', () => {
  fc.assert(
    fc.property(chunks, fc.nat(60), (list, skipped) => {
      const before = list.map((chunk) => chunk.slice());
      const unread = new UnreadBytes();
      for (const chunk of list) unread.append(chunk);
      const whole = before.flatMap((chunk) => [...chunk]);
      assert.deepEqual([...unread.bytes], whole);
      unread.skip(Math.min(skipped, unread.length));
      unread.append(Uint8Array.of(1, 2, 3));
      assert.deepEqual([...unread.take()], [...whole.slice(skipped), 1, 2, 3]);
      assert.equal(unread.length, 0);
      assert.deepEqual(list, before);
    }),
  );
});

test('bytes that were taken are not overwritten by what comes later', () => {
  const unread = new UnreadBytes();
  unread.append(Uint8Array.of(1));
  unread.append(Uint8Array.of(2));
  const taken = unread.take();
  unread.append(Uint8Array.of(3));
  unread.append(Uint8Array.of(4));
  assert.deepEqual([...taken], [1, 2]);
});

test('long chunks are given back once they were copied or read, and their bytes stay in order', () => {
  const LENGTH = 20 * 1024;
  const chunks = [1, 2, 3, 4].map((octet) => new Uint8Array(LENGTH).fill(octet));
  const unread = new UnreadBytes();
  for (const chunk of chunks) unread.append(chunk);
  assert.deepEqual(
    chunks.map((chunk) => chunk.length),
    [0, 0, 0, 0],
  );
  unread.skip(LENGTH - 1);
  assert.deepEqual(
    [unread.length, unread.bytes[0], unread.bytes[1], unread.bytes.at(-1)],
    [3 * LENGTH + 1, 1, 2, 4],
  );
  const [read, handedOn] = [new Uint8Array(LENGTH), new Uint8Array(LENGTH)];
  unread.drop();
  unread.append(read);
  assert.equal(unread.takeAfter(LENGTH).length, 0);
  unread.append(handedOn);
  assert.equal(unread.take(), handedOn);
  unread.clear();
  assert.deepEqual([read.length, handedOn.length], [0, LENGTH]);
});
