import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResetBudget } from '../../../src/runtime/sockets/reset-budget.ts';

test('a burst of resets is forgiven once, and then as many as were earned by time', () => {
  const budget = new ResetBudget(3, 2);
  assert.deepEqual(
    [0, 0, 0, 0].map((now) => budget.spend(now)),
    [true, true, true, false],
  );
  const later = new ResetBudget(3, 2);
  for (let i = 0; i < 3; i++) later.spend(0);
  assert.deepEqual([later.spend(1000), later.spend(1000), later.spend(1000)], [true, true, false]);
});
