import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { TurnStarts } from '../../../src/runtime/sockets/turn-starts.ts';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

test('a few begin at once, and the others in order at the end of the turn', async () => {
  const begun: number[] = [];
  const starts = new TurnStarts<number>((one) => begun.push(one));
  assert.ok(range(40).every((one) => starts.add(one)));
  assert.deepEqual(begun, range(16));
  await turn();
  assert.deepEqual(begun, range(40));
  starts.add(40);
  assert.equal(begun.at(-1), 40);
});

test('what waits can be forgotten', async () => {
  const begun: number[] = [];
  const starts = new TurnStarts<number>((one) => begun.push(one));
  for (const one of range(40)) starts.add(one);
  starts.clear();
  await turn();
  assert.deepEqual(begun, range(16));
});

test('more than anybody asks in one turn is told, and the next turn begins anew', async () => {
  const starts = new TurnStarts<number>(() => undefined);
  assert.deepEqual(
    range(202).flatMap((one) => (starts.add(one) ? [] : [one])),
    [200, 201],
  );
  await turn();
  assert.ok(starts.add(0));
});
