import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flushAtEndOfTurn } from '../../../src/runtime/sockets/end-of-turn.ts';

test('resilience: a socket that throws when it is flushed does not silence those after it', (t) => {
  const turns: (() => void)[] = [];
  t.mock.method(globalThis, 'setImmediate', (run: () => void) => void turns.push(run));
  const flushed: string[] = [];
  const one = (name: string) => ({ flush: () => void flushed.push(name) });
  const broken = {
    flush: () => {
      throw new Error('broken');
    },
  };
  for (const each of [one('a'), broken, one('b'), broken, one('c')]) flushAtEndOfTurn(each);
  assert.equal(turns.length, 1, 'once a turn');
  assert.throws(() => turns.shift()?.(), /broken/);
  assert.throws(() => turns.shift()?.(), /broken/);
  turns.shift()?.();
  assert.deepEqual([flushed, turns.length], [['a', 'b', 'c'], 0]);
});

test('what is written while others are flushed leaves in the next turn', (t) => {
  const turns: (() => void)[] = [];
  t.mock.method(globalThis, 'setImmediate', (run: () => void) => void turns.push(run));
  let flushes = 0;
  const again = {
    flush: () => {
      if (++flushes < 3) flushAtEndOfTurn(again);
    },
  };
  flushAtEndOfTurn(again);
  for (let run = turns.shift(); run !== undefined; run = turns.shift()) run();
  assert.equal(flushes, 3);
});
